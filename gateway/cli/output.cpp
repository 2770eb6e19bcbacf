#include "gateway/cli/output.h"

#include "common/base/text.h"
#include "common/model/national_id.h"
#include "common/model/patient_key.h"

#include <chrono>
#include <cstdio>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unicode/uchar.h>
#include <unistd.h>

namespace qianli::gateway::cli {
namespace {

std::size_t cellsOf(char32_t c)
{
    auto const type = u_charType(static_cast<UChar32>(c));
    if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR)
        return 0;
    auto const width = u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_EAST_ASIAN_WIDTH);
    return width == U_EA_FULLWIDTH || width == U_EA_WIDE ? 2 : 1;
}

std::string joinComponents(std::string_view group, std::string_view between)
{
    std::string result;
    for (auto const& component : text::split(group, '^')) {
        auto const part = text::trim(component);
        if (part.empty())
            continue;
        if (!result.empty())
            result += between;
        result += part;
    }
    return result;
}

std::int64_t steadyMilliseconds()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

void maskIdsIn(nlohmann::ordered_json& document)
{
    if (!document.is_structured())
        return;
    for (auto item = document.begin(); item != document.end(); ++item) {
        if (item->is_string() && document.is_object() && item.key() == "patientId")
            *item = model::maskedId(item->get_ref<std::string const&>());
        maskIdsIn(*item);
    }
}

} // namespace

std::size_t cellWidth(std::string_view utf8)
{
    std::size_t cells = 0;
    for (char32_t const c : text::toCodePoints(utf8))
        cells += cellsOf(c);
    return cells;
}

std::string fitted(std::string_view utf8, std::size_t cells)
{
    if (cellWidth(utf8) <= cells)
        return std::string(utf8);
    std::u32string kept;
    std::size_t used = 1;
    for (char32_t const c : text::toCodePoints(utf8)) {
        used += cellsOf(c);
        if (used > cells)
            break;
        kept += c;
    }
    return text::fromCodePoints(kept) + "…";
}

void Table::add(std::vector<std::string> row)
{
    row.resize(columns_.size());
    for (std::size_t i = 0; i < row.size(); ++i)
        row[i] = fitted(text::escapeControl(row[i]), columns_[i].widest);
    rows_.push_back(std::move(row));
}

std::string Table::text() const
{
    std::vector<std::size_t> widths;
    for (Column const& column : columns_)
        widths.push_back(cellWidth(column.title));
    for (auto const& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], cellWidth(row[i]));
    std::string all;
    auto const append = [&](auto const& cellAt) {
        std::string line;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            std::string const& cell = cellAt(i);
            std::string const padding(widths[i] - cellWidth(cell), ' ');
            line += columns_[i].align == Align::Right ? padding + cell : cell + padding;
            line += "  ";
        }
        line.erase(line.find_last_not_of(' ') + 1);
        all += line + "\n";
    };
    append([&](std::size_t i) -> std::string const& { return columns_[i].title; });
    for (auto const& row : rows_)
        append([&](std::size_t i) -> std::string const& { return row[i]; });
    return all;
}

void Output::line(std::string_view text) const
{
    // Whatever a peer wrote may stand in it, and the terminal obeys what it is sent.
    if (form_ == OutputForm::Text)
        for (auto const& part : text::split(text, '\n'))
            fmt::print("{}\n", text::escapeControl(part));
}

void Table::maskIds()
{
    for (std::size_t i = 0; i < columns_.size(); ++i)
        if (columns_[i].title == "PATIENT ID")
            for (auto& row : rows_)
                row[i] = model::maskedId(row[i]);
}

std::string Output::id(std::string_view patientId) const
{
    return ids_ == Ids::Revealed ? std::string(patientId) : model::maskedId(patientId);
}

std::string Output::key(model::PatientKey const& patient) const
{
    model::PatientKey shown = patient;
    shown.id = id(patient.id);
    return model::toText(shown);
}

void Output::table(Table table, std::string_view whenEmpty) const
{
    if (form_ != OutputForm::Text)
        return;
    if (ids_ == Ids::Masked)
        table.maskIds();
    if (table.empty())
        fmt::print("{}\n", whenEmpty);
    else
        fmt::print("{}", table.text());
}

void Output::json(nlohmann::ordered_json document) const
{
    if (form_ != OutputForm::Json)
        return;
    if (ids_ == Ids::Masked)
        maskIdsIn(document);
    // Text that is no UTF-8 can't come from the index; should it ever, the document stays one.
    fmt::print("{}\n", document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void Output::note(std::string_view text)
{
    fmt::print(stderr, "{}\n", text::escapeControl(text));
}

std::string nameForPeople(std::string_view personName)
{
    auto const groups = text::split(personName, '=');
    if (groups.size() > 1 && !text::trim(groups[1]).empty())
        return joinComponents(groups[1], "");
    if (groups.empty())
        return {};
    // "张^三" in the first group is one name too.
    bool const latin =
        std::all_of(groups[0].begin(), groups[0].end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    auto const codePoints = text::toCodePoints(groups[0]);
    bool const wide = std::any_of(codePoints.begin(), codePoints.end(), [](char32_t c) { return cellsOf(c) == 2; });
    return joinComponents(groups[0], latin || !wide ? " " : "");
}

std::string dateForPeople(std::string_view dicomDate)
{
    if (dicomDate.size() != 8 || dicomDate.find_first_not_of("0123456789") != std::string_view::npos)
        return std::string(dicomDate);
    return fmt::format("{}-{}-{}", dicomDate.substr(0, 4), dicomDate.substr(4, 2), dicomDate.substr(6, 2));
}

std::string dateForPeople(std::string_view dicomDate, std::string_view dicomTime)
{
    std::string const date = dateForPeople(dicomDate);
    if (date.empty() || dicomTime.size() < 4 ||
        dicomTime.substr(0, 4).find_first_not_of("0123456789") != std::string_view::npos)
        return date;
    return fmt::format("{} {}:{}", date, dicomTime.substr(0, 2), dicomTime.substr(2, 2));
}

std::string bytesForPeople(std::uint64_t bytes)
{
    static constexpr std::string_view units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < std::size(units)) {
        value /= 1024;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine()
{
    if (drawn_ && terminal_)
        fmt::print(stderr, "\n");
}

bool ProgressLine::isDue()
{
    auto const now = steadyMilliseconds();
    if (now - lastShown_ < (terminal_ ? 100 : 5000))
        return false;
    lastShown_ = now;
    return true;
}

void ProgressLine::show(std::string const& text)
{
    if (!isDue())
        return;
    drawn_ = true;
    if (terminal_)
        fmt::print(stderr, "\r\x1b[K{}", fitted(text, 100));
    else
        fmt::print(stderr, "{}\n", text);
    std::fflush(stderr);
}

void ProgressLine::show(std::uint64_t done, std::uint64_t total, std::string const& text)
{
    auto const now = steadyMilliseconds();
    if (began_ == 0 || done < firstDone_) {
        began_ = now;
        firstDone_ = done;
    }
    auto const pace = paceWords({done - firstDone_, total > done ? total - done : 0, now - began_});
    if (total == 0 || !terminal_) {
        show(fmt::format("{}/{}  {}{}", done, total, text, pace));
        return;
    }
    constexpr std::size_t cells = 24;
    auto const full =
        static_cast<std::size_t>(static_cast<double>(std::min(done, total)) / static_cast<double>(total) * cells);
    show(fmt::format("[{}{}] {}/{}  {}{}", std::string(full, '#'), std::string(cells - full, '.'), done, total, text,
                     pace));
}

std::string paceWords(Pace const& pace)
{
    // Before, the rate says nothing.
    if (pace.milliseconds < 2000 || pace.done == 0)
        return {};
    double const rate = static_cast<double>(pace.done) * 1000 / static_cast<double>(pace.milliseconds);
    auto const left = static_cast<std::uint64_t>(static_cast<double>(pace.left) / rate);
    auto const words = left >= 7200  ? fmt::format("{} h {:02} min", left / 3600, left / 60 % 60)
                       : left >= 120 ? fmt::format("{} min", left / 60)
                                     : fmt::format("{} s", left);
    return rate >= 10 ? fmt::format(", {:.0f}/s, {} left", rate, words)
                      : fmt::format(", {:.1f}/s, {} left", rate, words);
}

} // namespace qianli::gateway::cli

#include "gateway/delivery/attempt.h"

#include "common/base/text.h"
#include "common/dicom/network/dicom_client.h"
#include "common/dicom/sop_class.h"
#include "gateway/delivery/report_pages.h"

#include <fmt/format.h>

namespace qianli::gateway {

namespace {

using dicom::Uid;

enum class Fate { Accepted, NotNegotiated, Refused, MayHelpLater };

struct FormOutcome {
    Fate fate = Fate::NotNegotiated;
    std::string words;
};

// Out of resources, and the general "busy" ones (PS3.4 B.2.3, PS3.7 C): the rest says no to the object.
bool mayHelpLater(std::uint16_t status)
{
    return (status & 0xFF00) == 0xA700 || status == 0x0110 || status == 0x0210 || status == 0x0213;
}

FormOutcome judge(std::string_view form, dicom::StoreAnswer const& answer)
{
    auto const comment = answer.comment.empty() ? std::string() : " " + text::escapeControl(answer.comment);
    if (answer.isSuccess())
        return {Fate::Accepted, fmt::format("{} accepted", form)};
    if (answer.isWarning())
        return {Fate::Accepted, fmt::format("{} accepted with warning {:04X}H{}", form, answer.status, comment)};
    return {mayHelpLater(answer.status) ? Fate::MayHelpLater : Fate::Refused,
            fmt::format("{} refused with status {:04X}H{}", form, answer.status, comment)};
}

class Handover {
public:
    Handover(AttemptPlace const& place, Delivery const& delivery, model::Peer const& peer)
        : place_(place), delivery_(delivery), peer_(peer)
    {
    }

    Result<AttemptOutcome> run()
    {
        QIANLI_ASSIGN(auto const sr, receiptOf(delivery_.srUid));
        QIANLI_ASSIGN(auto const pdf, receiptOf(delivery_.pdfUid));
        QIANLI_TRY(connect(sr, pdf));
        AttemptOutcome outcome;
        if (auto const done = sendForms(sr, pdf, outcome); !done) {
            if (!outcome.accepted)
                return tl::unexpected(done.error());
            // What was accepted before the line broke stays accepted.
            outcome.mayHelpLater = true;
            outcome.words += ", then " + done.error().message;
            return outcome;
        }
        // Everything was answered: how the association ends does not matter any more.
        (void)client_->release();
        return outcome;
    }

private:
    Result<Receipt> receiptOf(std::string const& uid) const
    {
        QIANLI_ASSIGN(auto const receipts, place_.index.findBySopInstance(delivery_.site, Uid::ofKnown(uid)));
        if (receipts.empty())
            return fail(ErrorCode::NotFound, fmt::format("the object {} is not in the archive", uid));
        return receipts.front(); // the version that was verified and issued
    }

    Result<void> connect(Receipt const& sr, Receipt const& pdf)
    {
        dicom::Destination destination;
        destination.host = peer_.host;
        destination.port = peer_.port;
        destination.calledAe = peer_.aeTitle;
        destination.callingAe = place_.callingAe;
        destination.connectTimeout = std::chrono::seconds(5);
        destination.silenceTimeout = std::chrono::seconds(30);
        destination.givesUp = place_.givesUp;
        if (peer_.tls && !place_.tls)
            return fail(ErrorCode::Unavailable, "it wants TLS, and [dicom.tls] has no `trust`");
        destination.tls = peer_.tls ? place_.tls : nullptr;
        // What is signed travels as stored, so SR and PDF have one transfer syntax each.
        auto const pages = Uid::ofKnown(dicom::sop::secondaryCapture);
        QIANLI_ASSIGN(client_, dicom::DicomClient::connect(destination, {{sr.sopClass, {sr.transferSyntax}},
                                                                         {pdf.sopClass, {pdf.transferSyntax}},
                                                                         {pages, {explicitLittle_}},
                                                                         {pages, {implicitLittle_}}}));
        return {};
    }

    Result<void> sendForms(Receipt const& sr, Receipt const& pdf, AttemptOutcome& outcome)
    {
        QIANLI_ASSIGN(auto const srOutcome, sendStored("SR", sr));
        add(outcome, srOutcome);
        QIANLI_ASSIGN(auto const pdfOutcome, sendStored("PDF", pdf));
        add(outcome, pdfOutcome);
        if (pdfOutcome.fate == Fate::NotNegotiated || pdfOutcome.fate == Fate::Refused) {
            QIANLI_ASSIGN(auto const pages, sendPages(pdf));
            add(outcome, pages);
        }
        return {};
    }

    Result<FormOutcome> sendStored(std::string_view form, Receipt const& receipt)
    {
        if (!client_->accepts(receipt.sopClass, receipt.transferSyntax))
            return FormOutcome{Fate::NotNegotiated, fmt::format("{} not negotiated", form)};
        QIANLI_TRY(place_.store.verify(receipt)); // a damaged one waits until it is healed
        QIANLI_ASSIGN(auto const stored, place_.store.open(receipt.location));
        dicom::OutgoingObject object;
        object.sopClass = receipt.sopClass;
        object.sopInstance = receipt.sopInstance;
        object.transferSyntax = receipt.transferSyntax;
        object.descriptor = stored.file.get();
        object.dataSetOffset = stored.location.dataSetOffset;
        object.dataSetLength = stored.location.dataSetLength;
        QIANLI_ASSIGN(auto const answer, client_->store(object));
        return judge(form, answer);
    }

    Result<FormOutcome> sendPages(Receipt const& pdf)
    {
        auto const sopClass = Uid::ofKnown(dicom::sop::secondaryCapture);
        bool const asExplicit = client_->accepts(sopClass, explicitLittle_);
        if (!asExplicit && !client_->accepts(sopClass, implicitLittle_))
            return FormOutcome{Fate::NotNegotiated, "Secondary Capture not negotiated"};
        auto const& syntax = asExplicit ? explicitLittle_ : implicitLittle_;
        std::error_code ignored;
        std::filesystem::remove_all(place_.folder, ignored);
        QIANLI_TRY(createDirectoryDurably(place_.folder));
        QIANLI_TRY(place_.store.verify(pdf));
        auto const pages = ReportPages::draw(place_.store.absolutePath(pdf.location),
                                             {place_.pagesProgram, place_.folder, place_.givesUp});
        std::filesystem::remove_all(place_.folder, ignored);
        if (!pages)
            return FormOutcome{Fate::MayHelpLater, pages.error().message};
        FormOutcome outcome{Fate::Accepted, fmt::format("{} page(s) as Secondary Capture accepted", pages->count())};
        for (std::size_t number = 0; number < pages->count(); ++number) {
            QIANLI_ASSIGN(auto const page, pages->page(number, syntax));
            dicom::OutgoingObject object;
            object.sopClass = sopClass;
            object.sopInstance = page.sopInstance;
            object.transferSyntax = syntax;
            object.bytes = page.dataSet;
            QIANLI_ASSIGN(auto const answer, client_->store(object));
            auto const judged = judge(fmt::format("page {} as Secondary Capture", number + 1), answer);
            if (judged.fate != Fate::Accepted)
                return judged;
            if (answer.isWarning())
                outcome.words += ", " + judged.words;
        }
        return outcome;
    }

    static void add(AttemptOutcome& outcome, FormOutcome const& form)
    {
        outcome.accepted = outcome.accepted || form.fate == Fate::Accepted;
        outcome.mayHelpLater = outcome.mayHelpLater || form.fate == Fate::MayHelpLater;
        outcome.words += (outcome.words.empty() ? "" : ", ") + form.words;
    }

    AttemptPlace const& place_;
    Delivery const& delivery_;
    model::Peer const& peer_;
    Uid const explicitLittle_ = Uid::ofKnown(dicom::transfer::explicitLittle);
    Uid const implicitLittle_ = Uid::ofKnown(dicom::transfer::implicitLittle);
    std::unique_ptr<dicom::DicomClient> client_;
};

} // namespace

Result<AttemptOutcome> attempt(AttemptPlace const& place, Delivery const& delivery, model::Peer const& peer)
{
    return Handover(place, delivery, peer).run();
}

} // namespace qianli::gateway

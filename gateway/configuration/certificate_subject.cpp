#include "gateway/configuration/certificate_subject.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace qianli::gateway {

std::string readSubject(std::string_view text)
{
    constexpr std::string_view label = "subject=";
    while (text.starts_with(label))
        text.remove_prefix(label.size());
    std::string subject;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            subject += text[i];
            continue;
        }
        unsigned value = 0;
        auto const* const digits = text.data() + i + 1;
        auto const [end, error] =
            std::from_chars(digits, digits + std::min<std::size_t>(2, text.size() - i - 1), value, 16);
        if (error == std::errc() && end == digits + 2 && value >= 0x80) {
            subject += static_cast<char>(value);
            i += 2;
        } else { // stays escaped, as the certificate's own name has it
            subject += text[i];
            subject += text[++i];
        }
    }
    return subject;
}

} // namespace qianli::gateway

// The DICOM Conformance Statement (PS3.2), made from the tables, defaults and decisions of the code.
#pragma once

#include <string>

namespace qianli::test {

// docs/conformance.md, whole.
std::string conformanceStatement();

// Parts that have a file of their own.
std::string networkingPart();   // PS3.2 section 4
std::string characterSetPart(); // 6
std::string securityPart();     // 7
std::string annexes();          // 8

// "| a | b |" below a head; a cell's '|' is escaped.
class MarkdownTable {
public:
    explicit MarkdownTable(std::initializer_list<std::string> head);
    void row(std::initializer_list<std::string> cells);
    std::string const& text() const { return text_; }

private:
    std::string text_;
};

} // namespace qianli::test

// regex: the gateway to RE2, for patterns and replacements as Java writes them. What RE2 does not
// have (look-around, back-references, possessive quantifiers, class intersections) is refused with
// a sentence. Matching takes time linear in the text. Pure.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace weir::transforms::smt {

class regex {
  public:
    // The error is a sentence.
    static std::expected<regex, std::string> of_pattern(std::string_view pattern);
    regex(regex&&) noexcept;
    regex& operator=(regex&&) noexcept;
    ~regex();

    // Matcher.matches(): all of it.
    bool matches(std::string_view text) const;
    // Empty, or what is wrong with a replacement ($1, ${name}, \x).
    std::string check_replacement(std::string_view replacement) const;
    // Matcher.replaceFirst() of the first match, which may be a part of `text`; the replacement is
    // checked.
    void replace_first(std::string_view text, std::string_view replacement, std::string& out) const;

  private:
    struct compiled;
    explicit regex(std::unique_ptr<compiled> from);
    std::unique_ptr<compiled> compiled_;
};

}  // namespace weir::transforms::smt

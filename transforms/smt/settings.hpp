// settings: the options of one transform or predicate: a table of what there is, and what was
// written, checked against it as Kafka's ConfigDef does, all problems at once. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::transforms::smt {

enum class option_type : std::uint8_t {
    text,
    boolean,
    integer,
    list,      // separated by commas; names that are not empty, each once
    raw_list,  // separated by commas; the transform looks at its elements
};

struct option {
    std::string_view name;
    option_type type = option_type::text;
    bool required = false;
    std::string_view initial = {};  // the default; data null: none
    std::string_view valid = {};    // "a|b|c": one of them
    bool any_case = false;          // of `valid`
    bool filled = false;            // a text or list that may not be empty
};

// The option that many transforms have.
inline constexpr option replace_null_option = {
    .name = "replace.null.with.default", .type = option_type::boolean, .initial = "true"};

using written_options = std::vector<std::pair<std::string, std::string>>;

struct finding {
    std::string option;  // empty: the step itself
    std::string reason;
};
using findings = std::vector<finding>;

class settings {
  public:
    // What is wrong goes to `problems`; such an option then has its default, or none.
    settings(const written_options& written, std::span<const option> table, findings& problems);

    std::optional<std::string> text(std::string_view name) const;
    std::string text_or_empty(std::string_view name) const { return text(name).value_or(""); }
    bool boolean(std::string_view name) const;
    std::optional<std::int32_t> integer(std::string_view name) const;
    std::vector<std::string> list(std::string_view name) const;
    // The same, each once.
    std::vector<std::string> names(std::string_view name) const;

  private:
    void check(const option& of, const std::string& value, findings& problems);

    std::vector<std::pair<std::string_view, std::string>> values_;
};

// The name nearest to a wrong one, as ": did you mean x?", or nothing.
std::string suggestion(std::string_view wrong, std::span<const std::string_view> names);

}  // namespace weir::transforms::smt

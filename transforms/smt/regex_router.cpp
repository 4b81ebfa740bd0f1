// RegexRouter: a topic that a pattern matches gets another name.
#include <array>

#include "transforms/smt/regex.hpp"
#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::array options = {option{.name = "regex", .required = true},
                                option{.name = "replacement", .required = true}};

class regex_router final : public step {
  public:
    regex_router(regex pattern, std::string replacement)
        : pattern_(std::move(pattern)), replacement_(std::move(replacement)) {}

    outcome apply(data::record& change, data::arena& memory) override {
        const auto topic = data::view(change.topic);
        if (!pattern_.matches(topic)) return true;
        made_.clear();
        pattern_.replace_first(topic, replacement_, made_);
        change.topic = data::text_of(memory.copy(made_));
        return true;
    }

  private:
    regex pattern_;
    std::string replacement_;
    std::string made_;
};

}  // namespace

made_step make_regex_router(const making& from) {
    const settings given(from.options, options, from.problems);
    auto pattern = regex::of_pattern(given.text_or_empty("regex"));
    if (!pattern) {
        from.refuse("regex", pattern.error());
        return nullptr;
    }
    auto replacement = given.text_or_empty("replacement");
    if (auto wrong = pattern->check_replacement(replacement); !wrong.empty())
        from.refuse("replacement", std::move(wrong));
    return std::make_unique<regex_router>(std::move(*pattern), std::move(replacement));
}

}  // namespace weir::transforms::smt

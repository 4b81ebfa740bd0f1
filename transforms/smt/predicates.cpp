// Kafka's predicates: TopicNameMatches, HasHeaderKey, RecordIsTombstone.
#include <algorithm>
#include <array>
#include <span>

#include "transforms/smt/regex.hpp"
#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::string_view package = "org.apache.kafka.connect.transforms.predicates.";
constexpr std::array<std::string_view, 3> names = {"TopicNameMatches", "HasHeaderKey",
                                                   "RecordIsTombstone"};

constexpr std::array topic_options = {option{.name = "pattern", .required = true, .filled = true}};
constexpr std::array header_options = {option{.name = "name", .required = true, .filled = true}};

class topic_name_matches final : public predicate {
  public:
    explicit topic_name_matches(regex pattern) : pattern_(std::move(pattern)) {}
    bool test(const data::record& of) const override {
        return pattern_.matches(data::view(of.topic));
    }

  private:
    regex pattern_;
};

class has_header_key final : public predicate {
  public:
    explicit has_header_key(std::string name) : name_(std::move(name)) {}
    bool test(const data::record& of) const override {
        return std::ranges::any_of(
            std::span(of.headers, of.header_count),
            [&](const data::header& each) { return data::view(each.key) == name_; });
    }

  private:
    std::string name_;
};

class record_is_tombstone final : public predicate {
  public:
    bool test(const data::record& of) const override { return data::is_null(of.value); }
};

}  // namespace

made_predicate make_predicate(std::string_view type, const making& from) {
    if (type.starts_with(package)) type.remove_prefix(package.size());
    if (type == "TopicNameMatches") {
        const settings given(from.options, topic_options, from.problems);
        auto pattern = regex::of_pattern(given.text_or_empty("pattern"));
        if (pattern) return std::make_unique<topic_name_matches>(std::move(*pattern));
        from.refuse("pattern", pattern.error());
    } else if (type == "HasHeaderKey") {
        const settings given(from.options, header_options, from.problems);
        return std::make_unique<has_header_key>(given.text_or_empty("name"));
    } else if (type == "RecordIsTombstone") {
        const settings given(from.options, {}, from.problems);
        return std::make_unique<record_is_tombstone>();
    } else {
        from.refuse("predicate", "there is no predicate \"" + std::string(type) + "\"" +
                                     suggestion(type, names));
    }
    return nullptr;
}

}  // namespace weir::transforms::smt

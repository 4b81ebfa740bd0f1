// topic_regex: a subscription by regular expression (RE2's syntax, which takes time linear in the
// name). The gateway to the library; pure.
#pragma once

#include <memory>
#include <optional>
#include <string>

namespace weir::broker::coordinator::group {

class topic_regex {
  public:
    explicit topic_regex(const std::string& pattern);
    ~topic_regex();

    // What is wrong with the pattern; nothing when it can be used.
    std::optional<std::string> problem() const;
    // The whole name matches. Only with a pattern that has no problem.
    bool matches(const std::string& name) const;

  private:
    struct compiled;
    std::unique_ptr<compiled> inside_;
};

}  // namespace weir::broker::coordinator::group

// TimestampRouter: a topic made of the topic and the time of the record.
#include <array>

#include "transforms/smt/date_format.hpp"
#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::array options = {option{.name = "topic.format", .initial = "${topic}-${timestamp}"},
                                option{.name = "timestamp.format", .initial = "yyyyMMdd"}};

void replace_all(std::string& in, std::string_view what, std::string_view by) {
    for (auto at = in.find(what); at != std::string::npos; at = in.find(what, at + by.size()))
        in.replace(at, what.size(), by);
}

class timestamp_router final : public step {
  public:
    timestamp_router(std::string topic, date_format time)
        : topic_(std::move(topic)), time_(std::move(time)) {}

    outcome apply(data::record& change, data::arena& memory) override {
        if (change.timestamp_ms < 0) return refusal("Timestamp missing on record");
        made_ = topic_;
        replace_all(made_, "${topic}", data::view(change.topic));
        formatted_.clear();
        time_.append(change.timestamp_ms, formatted_);
        replace_all(made_, "${timestamp}", formatted_);
        change.topic = data::text_of(memory.copy(made_));
        return true;
    }

  private:
    std::string topic_;
    date_format time_;
    std::string made_;
    std::string formatted_;
};

}  // namespace

made_step make_timestamp_router(const making& from) {
    const settings given(from.options, options, from.problems);
    auto time = date_format::of_pattern(given.text_or_empty("timestamp.format"));
    if (!time) {
        from.refuse("timestamp.format", time.error());
        return nullptr;
    }
    return std::make_unique<timestamp_router>(given.text_or_empty("topic.format"),
                                              std::move(*time));
}

}  // namespace weir::transforms::smt

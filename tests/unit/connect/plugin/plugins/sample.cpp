// A plugin for tests: the source `ticks` counts; the sink `swallow` takes everything. Both have
// options of all kinds, a secret among them, and checks of their own.
#include <string>

#include "connect/sdk/plugin.hpp"
#include "connect/sdk/values.hpp"

namespace {

using namespace weir::sdk;

constexpr option source_options[] = {
    {.name = "rate",
     .type = WEIR_OPTION_INTEGER,
     .initial = "10",
     .valid = "1..1000",
     .text = "Records at each poll."},
    {.name = "pause", .type = WEIR_OPTION_DURATION, .initial = "20ms", .text = "Between polls."},
    {.name = "word", .initial = "tick", .text = "What the records say."},
    {.name = "token", .type = WEIR_OPTION_SECRET, .text = "Told to nobody."},
};

class ticks : public source {
  public:
    static outcome create(const host& by, const settings& given, std::span<const weir_position>,
                          std::unique_ptr<source>& task) {
        auto made = std::make_unique<ticks>();
        made->word_ = given.text("word");
        made->rate_ = given.integer("rate");
        made->pause_ = given.duration("pause");
        by.info("token is " + given.text("token"));  // as a careless connector might
        if (made->word_ == "fail") return fatal("the word is fail, token " + given.text("token"));
        task = std::move(made);
        return ok();
    }
    static void check(const settings& given, bool reach, problems& into) {
        if (given.text("word") == "bad") {
            into.add("word", "a bad word, with " + given.text("token"));
        }
        if (reach && given.text("word") == "far") into.add("word", "cannot be reached");
    }
    outcome poll(std::chrono::milliseconds, source_batch& into) override {
        const auto until = std::chrono::steady_clock::now() + pause_;
        while (std::chrono::steady_clock::now() < until) {
        }
        records_.assign(static_cast<std::size_t>(rate_), make_record(string_value(word_)));
        position_ = "{\"at\":" + std::to_string(++count_) + "}";
        positions_[0] = {text("{}"), text(position_)};
        into.records = records_;
        into.positions = positions_;
        into.drained = true;
        return ok();
    }

  private:
    std::string word_;
    std::int64_t rate_ = 1;
    std::int64_t count_ = 0;
    std::chrono::milliseconds pause_{0};
    std::string position_;
    std::vector<weir_record> records_;
    weir_position positions_[1] = {};
};

constexpr option sink_options[] = {
    {.name = "url", .required = true, .text = "Where to."},
    {.name = "batch.max", .type = WEIR_OPTION_INTEGER, .initial = "100", .valid = "1.."},
    {.name = "batch.every", .type = WEIR_OPTION_DURATION, .initial = "1s", .valid = "1ms..1h"},
    {.name = "retry.status", .type = WEIR_OPTION_LIST, .initial = "429,5xx"},
    {.name = "headers", .type = WEIR_OPTION_MAP},
    {.name = "size", .type = WEIR_OPTION_BYTES, .initial = "1MiB"},
    {.name = "mode", .initial = "fast", .valid = "fast|slow"},
    {.name = "old", .accepted = true, .text = "use mode"},
};

class swallow : public sink {
  public:
    static outcome create(const host&, const settings&, weir_sink_wish&,
                          std::unique_ptr<sink>& task) {
        task = std::make_unique<swallow>();
        return ok();
    }
    outcome put(std::span<const weir_record>, std::span<weir_result>) override { return ok(); }
};

}  // namespace

WEIR_PLUGIN("sample", source_of<ticks>("ticks", "1.0", "Counts.", source_options),
            sink_of<swallow>("swallow", "1.0", "Takes everything.", sink_options))

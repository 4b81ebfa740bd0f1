// Goal: what targets expose becomes records with its labels, values and times, and one target does
// not disturb another. Method: texts for the parser; the task against servers of this process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "connectors/prometheus/prometheus_source.hpp"
#include "tests/unit/connectors/http/component.hpp"
#include "tests/unit/connectors/http/stub_server.hpp"

namespace weir::connectors::prometheus {
namespace {

using testing::HasSubstr;

constexpr std::string_view plain_text =
    "# HELP http_requests_total The \\\\ total\\nof it.\n"
    "# TYPE http_requests_total counter\n"
    "http_requests_total{method=\"post\",code=\"200\",} 1027 1395066363000\n"
    "http_requests_total{ method = \"p\\\"\\\\\\n\" } 3\r\n"
    "\n# a comment\nalone 12.47\nnothing NaN\nmuch +Inf\nlittle -Inf -3982045\n"
    "# TYPE seconds histogram\nseconds_bucket{le=\"0.05\"} 24054\n"
    "seconds_bucket{le=\"+Inf\"} 144320\nseconds_sum 53423\nseconds_count 144320\n";

std::expected<exposition, std::string> parse(std::string_view text, bool is_openmetrics = false,
                                             exposition_limits limits = {}) {
    exposition out;
    const auto parsed = parse_exposition(text, is_openmetrics, limits, out);
    if (!parsed) return std::unexpected(parsed.error());
    return out;
}

TEST(exposition, reads_the_text_format) {
    const auto got = parse(plain_text);
    ASSERT_TRUE(got) << got.error();
    ASSERT_EQ(got->samples.size(), 10U);
    EXPECT_EQ(got->samples[0].timestamp_ms, 1395066363000);
    EXPECT_EQ(got->samples[0].label_count, 2U);
    EXPECT_EQ(got->labels[2].value, "p\"\\\n");
    EXPECT_EQ(got->families[0].help, "The \\ total\nof it.");
    EXPECT_TRUE(std::isnan(got->samples[3].value));
    EXPECT_TRUE(std::isinf(got->samples[4].value));
    EXPECT_EQ(got->samples[5].timestamp_ms, -3982045);
    for (std::size_t index = 6; index < 10; ++index)
        EXPECT_EQ(got->families[got->samples[index].family].name, "seconds");
}

TEST(exposition, reads_openmetrics_with_its_seconds_and_exemplars) {
    const auto got = parse(
        "# TYPE foo counter\n# UNIT foo seconds\nfoo_total 17.0 1520879607.789 # {trace=\"a\"} 1\n"
        "foo_created 1520430000.123\n# EOF\n",
        true);
    ASSERT_TRUE(got) << got.error();
    EXPECT_EQ(got->samples[0].timestamp_ms, 1520879607789);
    EXPECT_EQ(got->families[got->samples[1].family].type, "counter");
    EXPECT_THAT(parse("a 1\n", true).error(), HasSubstr("EOF"));
}

TEST(exposition, refuses_what_is_no_exposition_or_goes_beyond_the_bounds) {
    for (const auto* wrong :
         {"1a 2", "a", "a b", "a{b} 1", "a{b=c} 1", "a{b=\"c} 1", "a{b=\"c\" d=\"e\"} 1", "a 1 x",
          "a 1 2 3", "<html>", "# TYPE a", "# HELP", "a{b=\"c\\", "a 1 1e300", "a-b 1", "a 0x"})
        EXPECT_FALSE(parse(wrong)) << wrong;
    EXPECT_THAT(parse("a 1\nb\n").error(), HasSubstr("line 2"));
    exposition_limits limits;
    limits.samples_max = 1;
    EXPECT_FALSE(parse("a 1\nb 1\n", false, limits));
    limits.labels_max = 1;
    EXPECT_FALSE(parse("a{b=\"1\",c=\"2\"} 1", false, limits));
}

struct scraped {
    std::string name;
    std::map<std::string, std::string> labels;
    double value = 0;
    std::string instance;
    std::int64_t time_ms = 0;
};

std::string text_of(const weir_value& of) {
    return {of.of.data, of.count};
}

class source_task {
  public:
    explicit source_task(const http::written_settings& written)
        : settings_(option_table(), written) {
        error_.size = sizeof(error_);
        status = functions.create(&host.abi, &settings_.abi(), nullptr, 0, &task_, &error_);
    }
    ~source_task() {
        if (task_ != nullptr) functions.destroy(task_);
    }
    source_task(const source_task&) = delete;
    source_task& operator=(const source_task&) = delete;

    std::vector<scraped> poll() {
        weir_batch batch = {sizeof(weir_batch), 0, 0, 0, nullptr, nullptr};
        status = functions.poll(task_, 200, &batch, &error_);
        std::vector<scraped> out;
        for (std::uint32_t index = 0; index < batch.record_count; ++index) {
            const auto& record = batch.records[index];
            const auto* fields = record.value.of.items;
            scraped one;
            one.name = text_of(fields[0]);
            for (std::uint32_t pair = 0; pair < fields[1].count; ++pair)
                one.labels[text_of(fields[1].of.items[2 * pair])] =
                    text_of(fields[1].of.items[2 * pair + 1]);
            one.value = fields[2].of.real;
            one.instance = text_of(fields[7]);
            one.time_ms = record.timestamp_ms;
            EXPECT_EQ(text_of(record.key), one.name);
            out.push_back(std::move(one));
        }
        return out;
    }
    // Polls until `count` samples of `up` have come.
    std::vector<scraped> until_up(std::size_t count) {
        std::vector<scraped> out;
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        const auto is_up = [](const scraped& of) { return of.name == "up"; };
        while (static_cast<std::size_t>(std::ranges::count_if(out, is_up)) < count &&
               std::chrono::steady_clock::now() < deadline) {
            for (auto& each : poll())
                out.push_back(std::move(each));
        }
        return out;
    }

    http::told_host host;
    weir_status status = WEIR_OK;
    std::string reason() const { return {error_.text, error_.text_size}; }

  private:
    static constexpr const weir_source& functions =
        sdk::detail::source_functions<prometheus_source>::table;
    http::component_settings settings_;
    weir_error error_ = {};
    void* task_ = nullptr;
};

TEST(prometheus_source, gives_the_samples_of_a_target_and_that_it_is_up) {
    http::stub_server server([](const http::stub_request& request) {
        EXPECT_EQ(request.target, "/metrics");
        return http::stub_reply{.body = std::string(plain_text)};
    });
    source_task source({{"targets", server.url()}, {"interval", "100ms"}});
    ASSERT_EQ(source.status, WEIR_OK) << source.reason();
    const auto got = source.until_up(2);
    ASSERT_GE(got.size(), 22U);
    EXPECT_EQ(got[0].labels.at("code"), "200");
    EXPECT_EQ(got[0].time_ms, 1395066363000);
    EXPECT_EQ(got[10].name, "up");
    EXPECT_EQ(got[10].value, 1);
    EXPECT_EQ(got[10].instance, "127.0.0.1:" + std::to_string(server.port()));
}

TEST(prometheus_source, is_not_held_up_by_a_target_that_hangs) {
    http::stub_server slow(
        [](const http::stub_request&) { return http::stub_reply{.hangs = true}; });
    http::stub_server wrong(
        [](const http::stub_request&) { return http::stub_reply{.body = "<a>"}; });
    http::stub_server fine(
        [](const http::stub_request&) { return http::stub_reply{.body = "a 1\n"}; });
    source_task source({{"targets", slow.url() + "," + wrong.url() + "," + fine.url()},
                        {"interval", "500ms"},
                        {"timeout", "400ms"}});
    const auto got = source.until_up(6);
    std::map<std::string, double> up;
    std::map<std::string, std::int64_t> first;
    for (const auto& each : got) {
        if (each.name != "up") continue;
        up[each.instance] = each.value;
    }
    EXPECT_EQ(up.size(), 3U);
    EXPECT_EQ(up["127.0.0.1:" + std::to_string(fine.port())], 1);
    EXPECT_EQ(up["127.0.0.1:" + std::to_string(slow.port())], 0);
    EXPECT_EQ(up["127.0.0.1:" + std::to_string(wrong.port())], 0);
    // What is there comes before the one that hangs has timed out.
    EXPECT_NE(got.front().instance, "127.0.0.1:" + std::to_string(slow.port()));
    EXPECT_EQ(source.host.lines.size(), 2U);
}

TEST(prometheus_source, gives_a_family_with_its_samples) {
    exposition parsed;
    ASSERT_TRUE(parse_exposition(plain_text, false, {}, parsed));
    scrape_records records(true);
    records.add(parsed, {"t", "i", 5});
    ASSERT_EQ(records.records().size(), 6U);
    const auto& histogram = records.records()[5].value;
    EXPECT_EQ(text_of(histogram.of.items[0]), "seconds");
    EXPECT_EQ(text_of(histogram.of.items[1]), "histogram");
    EXPECT_EQ(histogram.of.items[3].count, 4U);
    EXPECT_EQ(histogram.of.items[4].of.integer, 5);
}

}  // namespace
}  // namespace weir::connectors::prometheus

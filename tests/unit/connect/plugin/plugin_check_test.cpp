// Goal: tables of a plugin that cannot be used are refused with a reason, before anything of them
// is. Method: sound tables of the SDK, spoilt in one place at a time.
#include "connect/plugin/plugin_check.hpp"

#include <gtest/gtest.h>

#include <array>

namespace weir::connect::plugin {
namespace {

weir_text text(std::string_view from) {
    return {from.data(), from.size()};
}

weir_status create(const weir_host*, const weir_settings*, const weir_position*, uint64_t, void**,
                   weir_error*) {
    return WEIR_OK;
}
weir_status poll(void*, uint32_t, weir_batch*, weir_error*) {
    return WEIR_OK;
}
void nothing(void*) {}

struct tables {
    weir_option option = {sizeof(weir_option), WEIR_OPTION_INTEGER, 0,           0,
                          text("rate"),        text("10"),          text("1.."), text("How many.")};
    std::array<const weir_option*, 2> options = {&option, nullptr};
    weir_source source = {};
    weir_connector connector = {};
    std::array<const weir_connector*, 2> connectors = {&connector, &connector};
    weir_plugin plugin = {};

    tables() {
        source.size = sizeof(weir_source);
        source.create = create;
        source.poll = poll;
        source.request_stop = nothing;
        source.destroy = nothing;
        connector = {sizeof(weir_connector), 1,       text("ticks"), text("1"), text("Counts."),
                     options.data(),         &source, nullptr};
        plugin = {sizeof(weir_plugin), WEIR_ABI_VERSION, text("p"), 1, 0, connectors.data()};
    }
    std::string verdict() const { return check_plugin(&plugin).value_or("sound"); }
};

TEST(plugin_check, sound_tables_pass) {
    EXPECT_EQ(tables().verdict(), "sound");
}

TEST(plugin_check, sizes_counts_and_pointers_are_looked_at_first) {
    tables of;
    of.plugin.size = 4;
    EXPECT_EQ(of.verdict(), "its table has the size 4");
    of = {};
    of.plugin.connector_count = 2;
    of.connectors[1] = nullptr;
    of.plugin.connectors = of.connectors.data();
    of.connectors[0] = &of.connector;
    of.connector.options = of.options.data();
    of.options[0] = &of.option;
    of.connector.source = &of.source;
    EXPECT_EQ(of.verdict(), "a connector is null");
    tables other;
    other.connector.option_count = 1U << 31;
    EXPECT_EQ(other.verdict(), "connector ticks has 2147483648 options");
    tables without;
    without.connector.options = nullptr;
    EXPECT_EQ(without.verdict(), "connector ticks: its options are null");
}

TEST(plugin_check, options_are_whole_and_there_once) {
    tables twice;
    twice.options[1] = &twice.option;
    twice.connector.option_count = 2;
    EXPECT_EQ(twice.verdict(), "connector ticks: option 2 rate is there twice");
    tables null;
    null.connector.option_count = 2;
    EXPECT_EQ(null.verdict(), "connector ticks: option 2 is null");
    tables type;
    type.option.type = 77;
    EXPECT_EQ(type.verdict(), "connector ticks: option 1 rate has type 77");
    tables initial;
    initial.option.initial = text("many");
    EXPECT_TRUE(initial.verdict().contains("rate has a default that it cannot have"));
    tables name;
    name.option.name = {nullptr, 5};
    EXPECT_EQ(name.verdict(), "connector ticks: option 1 has no proper name");
    tables long_text;
    long_text.option.text.size = 1UL << 40;
    EXPECT_TRUE(long_text.verdict().contains("too long"));
}

TEST(plugin_check, a_connector_is_one_of_the_two_and_has_its_functions) {
    tables neither;
    neither.connector.source = nullptr;
    EXPECT_EQ(neither.verdict(), "connector ticks is neither a source nor a sink, or both");
    tables lame;
    lame.source.poll = nullptr;
    EXPECT_EQ(lame.verdict(),
              "connector ticks lacks one of create, poll, request_stop and destroy");
    tables named;
    named.connector.type = text("a/b");
    EXPECT_EQ(named.verdict(), "a connector has no proper type");
}

TEST(plugin_check, the_same_connector_twice_is_refused) {
    tables of;
    of.plugin.connector_count = 2;
    EXPECT_EQ(of.verdict(), "it has the source ticks twice");
}

}  // namespace
}  // namespace weir::connect::plugin

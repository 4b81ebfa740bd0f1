#include "tests/conformance/connector_suite.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/conformance/suite_parts.hpp"

namespace weir::conformance {

using connect::plugin::component_setting;
using connect::plugin::component_settings;

noting_host::noting_host()
    : table_{sizeof(weir_host), WEIR_ABI_VERSION, nullptr,
             [](void*, std::uint32_t level, weir_text line) {
                 EXPECT_LE(level, std::uint32_t{WEIR_LOG_ERROR});
                 EXPECT_FALSE(sdk::view(line).empty());
             },
             [](void*, const weir_metric* sample) {
                 EXPECT_GE(sample->size, sizeof(weir_metric));
                 EXPECT_FALSE(sdk::view(sample->name).empty());
                 EXPECT_FALSE(sdk::view(sample->help).empty());
                 EXPECT_TRUE(std::isfinite(sample->value)) << sdk::view(sample->name);
             }} {}

void append_value(std::string& out, const weir_value& value, int depth) {
    ASSERT_LT(depth, 100) << "values in values without end";
    out += std::to_string(value.kind) + ':';
    switch (value.kind) {
        case WEIR_NULL:
            break;
        case WEIR_STRING:
        case WEIR_BYTES:
        case WEIR_DECIMAL:
        case WEIR_JSON:
            ASSERT_TRUE(value.of.data != nullptr || value.count == 0);
            out.append(value.of.data, value.count);
            break;
        case WEIR_FLOAT32:
        case WEIR_FLOAT64:
            out += std::to_string(value.of.real);
            break;
        case WEIR_STRUCT:
            ASSERT_NE(value.schema, nullptr) << "a struct has a schema";
            ASSERT_EQ(value.schema->type, WEIR_STRUCT);
            ASSERT_EQ(value.schema->field_count, value.count);
            [[fallthrough]];
        case WEIR_ARRAY:
        case WEIR_MAP:
            for (std::uint32_t index = 0; index < (value.kind == WEIR_MAP ? 2 : 1) * value.count;
                 ++index) {
                if (value.kind == WEIR_STRUCT) out += sdk::view(value.schema->fields[index].name);
                append_value(out, value.of.items[index], depth + 1);
            }
            break;
        default:
            ASSERT_LE(value.kind, WEIR_JSON) << "no such kind";
            out += std::to_string(value.of.integer);
    }
    out += '\n';
}

const weir_connector* find_connector(const subject& of) {
    // It stays loaded: its tables live as long as the program.
    void* library = ::dlopen(of.plugin.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        ADD_FAILURE() << ::dlerror();
        return nullptr;
    }
    const auto entry =
        reinterpret_cast<weir_plugin_entry_function>(::dlsym(library, WEIR_PLUGIN_ENTRY));
    if (entry == nullptr) {
        ADD_FAILURE() << of.plugin << " has no " << WEIR_PLUGIN_ENTRY;
        return nullptr;
    }
    EXPECT_EQ(entry(0), nullptr) << "a host of ABI version 0 is too old for anything";
    const auto* plugin = entry(WEIR_ABI_VERSION);
    if (plugin == nullptr) {
        ADD_FAILURE() << of.plugin << " refuses ABI version " << WEIR_ABI_VERSION;
        return nullptr;
    }
    EXPECT_GE(plugin->size, sizeof(weir_plugin));
    EXPECT_LE(plugin->abi_version, std::uint32_t{WEIR_ABI_VERSION});
    EXPECT_FALSE(sdk::view(plugin->name).empty());
    for (std::uint32_t index = 0; index < plugin->connector_count; ++index) {
        const auto& each = *plugin->connectors[index];
        EXPECT_NE(each.source == nullptr, each.sink == nullptr) << "one of the two";
        const bool is_role = (each.source != nullptr) == (of.as == role::source);
        if (sdk::view(each.type) == of.type && is_role) return &each;
    }
    ADD_FAILURE() << of.plugin << " has no " << of.type;
    return nullptr;
}

void check_options(const weir_connector& connector) {
    EXPECT_GE(connector.size, sizeof(weir_connector));
    EXPECT_FALSE(sdk::view(connector.version).empty());
    EXPECT_FALSE(sdk::view(connector.text).empty());
    std::set<std::string_view> seen;
    for (std::uint32_t index = 0; index < connector.option_count; ++index) {
        const auto& option = *connector.options[index];
        const auto name = sdk::view(option.name);
        SCOPED_TRACE(name);
        EXPECT_GE(option.size, sizeof(weir_option));
        EXPECT_TRUE(seen.insert(name).second) << "twice";
        const auto is_of_name = [](char letter) {
            return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
                   letter == '_' || letter == '.' || letter == '-';
        };
        EXPECT_TRUE(!name.empty() && std::ranges::all_of(name, is_of_name));
        EXPECT_TRUE(sdk::view(option.text).ends_with('.')) << "a sentence of documentation";
        EXPECT_LE(option.type, std::uint32_t{WEIR_OPTION_MAP});
        const bool has_default = option.initial.data != nullptr;
        EXPECT_FALSE(has_default && (option.flags & WEIR_OPTION_REQUIRED) != 0);
        if (has_default) {
            EXPECT_TRUE(typed(option, sdk::view(option.initial)).has_value())
                << "the default is no value of its type";
        }
    }
    for (const auto name : seen) {
        for (const auto other : seen)
            EXPECT_FALSE(other.starts_with(std::string(name) + '.')) << name << " is a table, too";
    }
}

namespace {

// Creates a task; whatever comes of it, it is said clearly and nothing is left behind.
ended try_create(const weir_connector& connector, const component_settings& settings) {
    const noting_host host;
    return settings.with_abi([&](const weir_settings& given) {
        void* task = nullptr;
        weir_sink_wish wish = {};
        wish.size = sizeof wish;
        const auto got = end_of([&](weir_error* error) {
            return connector.source != nullptr
                       ? connector.source->create(host.table(), &given, nullptr, 0, &task, error)
                       : connector.sink->create(host.table(), &given, &task, &wish, error);
        });
        EXPECT_EQ(got.status == WEIR_OK, task != nullptr) << got.reason;
        if (got.status != WEIR_OK) {
            EXPECT_FALSE(got.reason.empty()) << "it says why";
        } else if (connector.source != nullptr) {
            connector.source->destroy(task);
        } else {
            connector.sink->destroy(task);
        }
        return got;
    });
}

void try_check(const weir_connector& connector, const component_settings& settings) {
    const auto check =
        connector.source != nullptr ? connector.source->check : connector.sink->check;
    if (check == nullptr) return;
    settings.with_abi([&](const weir_settings& given) {
        check(
            &given, 0,
            [](void*, weir_text, weir_text reason) { EXPECT_FALSE(sdk::view(reason).empty()); },
            nullptr);
        return 0;
    });
}

component_setting garbage(const weir_option& option, int kind) {
    static const std::string texts[] = {"", "{{{", std::string("\xff\0/../\n", 7),
                                        std::string(5000, '(')};
    static constexpr std::int64_t integers[] = {-1, INT64_MIN, INT64_MAX, 0};
    static constexpr double reals[] = {-1, NAN, INFINITY, 1e300};
    component_setting out;
    out.name = sdk::view(option.name);
    out.type = static_cast<weir_option_type>(option.type);
    out.text = texts[kind];
    out.integer = option.type == WEIR_OPTION_BOOLEAN ? kind % 2 : integers[kind];
    out.real = reals[kind];
    const bool several = option.type == WEIR_OPTION_LIST || option.type == WEIR_OPTION_MAP;
    if (several) out.items = {texts[kind], texts[(kind + 1) % 4]};
    return out;
}

}  // namespace

void check_bad_settings(const subject& of, const weir_connector& connector) {
    const auto good = settings_of(connector, of.settings, of.data_dir);
    for (std::uint32_t index = 0; index < connector.option_count; ++index) {
        const auto& option = *connector.options[index];
        SCOPED_TRACE(sdk::view(option.name));
        auto rest = good.all();
        std::erase_if(rest, [&](const auto& each) { return each.name == sdk::view(option.name); });
        const component_settings without("conformance", of.data_dir, rest);
        try_check(connector, without);
        const auto got = try_create(connector, without);
        if ((option.flags & WEIR_OPTION_REQUIRED) != 0) {
            EXPECT_NE(got.status, WEIR_OK) << "it is required";
        }
        for (int kind = 0; kind < 4; ++kind) {
            SCOPED_TRACE(kind);
            auto with = rest;
            with.push_back(garbage(option, kind));
            const component_settings bad("conformance", of.data_dir, with);
            try_check(connector, bad);
            (void)try_create(connector, bad);
        }
    }
    (void)try_create(connector, component_settings("conformance", of.data_dir, {}));
    EXPECT_EQ(try_create(connector, good).status, WEIR_OK) << "with the settings that work";
}

void check_connector(const subject& of) {
    SCOPED_TRACE(of.type);
    const auto* connector = find_connector(of);
    if (connector == nullptr) return;
    check_options(*connector);
    check_bad_settings(of, *connector);
    if (of.as == role::source)
        check_source(of, *connector);
    else
        check_sink(of, *connector);
}

}  // namespace weir::conformance

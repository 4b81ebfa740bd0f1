// sink_driver: a host for one sink of a plugin. Makes records {"k": KEY, "n": NUMBER}, gives them
// to put(), those that are to be tried again first, and prints a line of JSON for each record that
// is done or bad. What is still open after PATIENCE_S is told as "retry".
//
//   sink_driver PLUGIN TYPE RECORDS KEYS PATIENCE_S [NAME=VALUE...]
#include <dlfcn.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/unit/connectors/http/component.hpp"

namespace {

using namespace weir;
using connectors::http::component_settings;
using connectors::http::record_list;
using connectors::http::told_host;

const weir_connector* find_connector(const char* path, std::string_view type) {
    auto* library = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return nullptr;
    const auto entry =
        reinterpret_cast<weir_plugin_entry_function>(::dlsym(library, WEIR_PLUGIN_ENTRY));
    const auto* plugin = entry == nullptr ? nullptr : entry(WEIR_ABI_VERSION);
    for (std::uint32_t index = 0; plugin != nullptr && index < plugin->connector_count; ++index) {
        if (sdk::view(plugin->connectors[index]->type) == type) return plugin->connectors[index];
    }
    return nullptr;
}

std::vector<sdk::option> options_of(const weir_connector& of) {
    std::vector<sdk::option> out;
    for (std::uint32_t index = 0; index < of.option_count; ++index) {
        const auto& each = *of.options[index];
        out.push_back({.name = sdk::view(each.name),
                       .type = static_cast<weir_option_type>(each.type),
                       .initial = {each.initial.data, each.initial.size}});
    }
    return out;
}

void tell(const weir_record& record, std::string_view status, weir_text reason) {
    const nlohmann::json line = {
        {"n", record.offset}, {"status", status}, {"reason", std::string(sdk::view(reason))}};
    std::printf("%s\n", line.dump().c_str());
}

class driver {
  public:
    driver(const weir_sink& sink, void* task) : sink_(sink), task_(task) {}

    // Gives `count` records from the front of what is left; drops those that are over.
    void round(std::vector<weir_record>& left, std::size_t count, bool is_last) {
        std::vector<weir_result> results(count, weir_result{WEIR_OK, 0, {}});
        const auto status = sink_.put(task_, left.data(), count, results.data(), &error_);
        std::vector<weir_record> after;
        for (std::size_t index = 0; index < count; ++index) {
            const auto& result = results[index];
            if (status == WEIR_OK && result.status == WEIR_OK) {
                tell(left[index], "ok", {});
            } else if (status == WEIR_OK && result.status == WEIR_BAD_RECORD) {
                tell(left[index], "bad", result.reason);
            } else {
                if (is_last) tell(left[index], "retry", result.reason);
                after.push_back(left[index]);
            }
        }
        after.insert(after.end(), left.begin() + static_cast<std::ptrdiff_t>(count), left.end());
        left = std::move(after);
    }

  private:
    const weir_sink& sink_;
    void* task_;
    weir_error error_ = {sizeof(weir_error), 0, {}};
};

}  // namespace

int main(int count, char** arguments) {
    using clock = std::chrono::steady_clock;
    if (count < 6) return 2;
    const auto* connector = find_connector(arguments[1], arguments[2]);
    if (connector == nullptr || connector->sink == nullptr) return 3;
    const auto total = std::stoi(arguments[3]);
    const auto keys = std::stoi(arguments[4]);
    const auto deadline = clock::now() + std::chrono::seconds(std::stoi(arguments[5]));
    connectors::http::written_settings written;
    for (int index = 6; index < count; ++index) {
        const std::string text = arguments[index];
        written[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
    }
    const auto options = options_of(*connector);
    const component_settings settings(options, written);
    told_host host;
    weir_sink_wish wish = {};
    wish.size = sizeof(wish);
    weir_error error = {sizeof(weir_error), 0, {}};
    void* task = nullptr;
    if (connector->sink->create(&host.abi, &settings.abi(), &task, &wish, &error) != WEIR_OK) {
        std::fprintf(stderr, "%.*s\n", static_cast<int>(error.text_size), error.text);
        return 4;
    }
    record_list records;
    for (int number = 0; number < total; ++number) {
        const auto key = "k" + std::to_string(number % keys);
        records.add(key, "{\"k\":\"" + key + "\",\"n\":" + std::to_string(number) + "}");
    }
    driver run(*connector->sink, task);
    auto left = records.all;
    while (!left.empty()) {
        const bool is_last = clock::now() > deadline;
        const auto size = wish.records_max == 0 ? left.size() : std::size_t{wish.records_max};
        run.round(left, std::min(size, left.size()), is_last);
        if (is_last) break;
    }
    for (const auto& line : host.lines)
        std::fprintf(stderr, "%s\n", line.c_str());
    connector->sink->destroy(task);
    return 0;
}

#include "connect/plugin/connector_check.hpp"

#include <exception>

namespace weir::connect::plugin {
namespace {

constexpr std::size_t findings_max = 100;
constexpr std::size_t reason_size_max = 2000;

std::string text(weir_text from) {
    if (from.data == nullptr) return {};
    return {from.data, std::min(static_cast<std::size_t>(from.size), reason_size_max)};
}

void take(void* context, weir_text option, weir_text reason) {
    auto& into = *static_cast<std::vector<finding>*>(context);
    if (into.size() < findings_max) into.push_back({text(option), text(reason)});
}

}  // namespace

std::vector<finding> check_settings(const weir_connector& of, const component_settings& settings,
                                    bool reach) {
    std::vector<finding> out;
    const auto check = of.source != nullptr ? of.source->check : of.sink->check;
    if (check == nullptr) return out;
    try {
        settings.with_abi([&](const weir_settings& given) {
            check(&given, reach ? 1 : 0, take, &out);
            return 0;
        });
    } catch (const std::exception& thrown) {
        out.push_back({{}, std::string("the connector's check threw: ") + thrown.what()});
    } catch (...) {
        out.push_back({{}, "the connector's check threw an exception"});
    }
    return out;
}

}  // namespace weir::connect::plugin

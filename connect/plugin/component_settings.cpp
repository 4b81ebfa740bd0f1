#include "connect/plugin/component_settings.hpp"

#include <algorithm>

namespace weir::connect::plugin {
namespace {

weir_text text_of(const std::string& text) {
    return {text.data(), text.size()};
}

}  // namespace

component_settings::component_settings(std::string component, std::string data_dir,
                                       std::vector<component_setting> all)
    : component_(std::move(component)), data_dir_(std::move(data_dir)), all_(std::move(all)) {
    std::ranges::sort(all_, {}, &component_setting::name);
}

weir_settings component_settings::abi_view(std::vector<weir_setting>& items,
                                           std::vector<std::vector<weir_text>>& texts) const {
    texts.resize(all_.size());
    for (std::size_t index = 0; index < all_.size(); ++index) {
        const auto& from = all_[index];
        for (const auto& each : from.items)
            texts[index].push_back(text_of(each));
        items.push_back({.name = text_of(from.name),
                         .type = static_cast<std::uint32_t>(from.type),
                         .count = static_cast<std::uint32_t>(texts[index].size()),
                         .integer = from.integer,
                         .real = from.real,
                         .text = text_of(from.text),
                         .items = texts[index].data()});
    }
    return {.size = sizeof(weir_settings),
            .count = static_cast<std::uint32_t>(items.size()),
            .items = items.data(),
            .component = text_of(component_),
            .data_dir = text_of(data_dir_)};
}

std::vector<std::pair<std::string, std::string>> component_settings::shown() const {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& each : all_) {
        const bool placeholder = each.written.find("${") != std::string::npos;
        out.emplace_back(each.name, each.secret && !placeholder ? "****" : each.written);
    }
    return out;
}

}  // namespace weir::connect::plugin

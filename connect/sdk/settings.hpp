// settings: typed access to a component's settings, which the host has checked against the options.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connect/sdk/outcome.hpp"

namespace weir::sdk {

class settings {
  public:
    explicit settings(const weir_settings& from) : from_(&from) {}

    std::string component() const { return std::string(view(from_->component)); }
    std::string data_dir() const { return std::string(view(from_->data_dir)); }

    bool has(std::string_view name) const { return find(name) != nullptr; }
    // What is neither written nor has a default is empty, 0 or false.
    std::string text(std::string_view name) const {
        const auto* found = find(name);
        return found == nullptr ? std::string() : std::string(view(found->text));
    }
    bool boolean(std::string_view name) const { return integer(name) != 0; }
    std::int64_t integer(std::string_view name) const {
        const auto* found = find(name);
        return found == nullptr ? 0 : found->integer;
    }
    double real(std::string_view name) const {
        const auto* found = find(name);
        return found == nullptr ? 0 : found->real;
    }
    std::chrono::milliseconds duration(std::string_view name) const {
        return std::chrono::milliseconds(integer(name));
    }
    std::vector<std::string> list(std::string_view name) const {
        std::vector<std::string> out;
        const auto* found = find(name);
        for (uint32_t index = 0; found != nullptr && index < found->count; ++index)
            out.emplace_back(view(found->items[index]));
        return out;
    }
    std::vector<std::pair<std::string, std::string>> map(std::string_view name) const {
        std::vector<std::pair<std::string, std::string>> out;
        const auto* found = find(name);
        for (uint32_t index = 0; found != nullptr && index + 1 < found->count; index += 2)
            out.emplace_back(view(found->items[index]), view(found->items[index + 1]));
        return out;
    }

  private:
    const weir_setting* find(std::string_view name) const {
        for (uint32_t index = 0; index < from_->count; ++index) {
            if (view(from_->items[index].name) == name) return &from_->items[index];
        }
        return nullptr;
    }

    const weir_settings* from_;
};

// What check() finds.
class problems {
  public:
    problems(weir_problem_function report, void* context) : report_(report), context_(context) {}
    // `option` empty: about the component as a whole. `reason` says what to do.
    void add(std::string_view option, std::string_view reason) {
        report_(context_, sdk::text(option), sdk::text(reason));
    }

  private:
    weir_problem_function report_;
    void* context_;
};

}  // namespace weir::sdk

// rest_json: what the REST interface shows, as Connect's JSON. Pure. Gateway to nlohmann-json: its
// types stay in rest_json.cpp.
#pragma once

#include <string>
#include <vector>

#include "connect/http/runtime.hpp"

namespace weir::connect::http {

struct expansion {
    bool status = false;
    bool info = false;
};

std::string json_of(const worker_view& what);
std::string json_of(health_state state, const std::string& message);
// The names alone, or by name what `expand` asks for.
std::string json_of(const std::vector<connector_view>& what, expansion expand);
std::string json_of(const std::vector<plugin_view>& what);
std::string info_json(const connector_view& what);
std::string config_json(const text_pairs& what);
std::string status_json(const connector_view& what);
std::string tasks_json(const connector_view& what);
std::string status_json(const task_view& what);

}  // namespace weir::connect::http

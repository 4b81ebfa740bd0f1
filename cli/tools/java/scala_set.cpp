#include "cli/tools/java/scala_set.hpp"

#include <cstdint>
#include <map>

#include "cli/tools/java/hash_order.hpp"

namespace weir::cli::tools::java {
namespace {

constexpr std::size_t small = 4;
constexpr unsigned bits_a_level = 5;
constexpr unsigned hash_bits = 32;

// What Scala makes of a hash code before it uses it.
std::uint32_t improved(std::int32_t code) {
    auto hash = static_cast<std::uint32_t>(code);
    hash += ~(hash << 9U);
    hash ^= hash >> 14U;
    hash += hash << 4U;
    return hash ^ hash >> 10U;
}

struct item {
    std::uint32_t hash = 0;
    std::string text;
};

// A node of the trie: the elements that are alone at their place come first, then the nodes below,
// both by place. Elements of one hash stay as they came.
void collect(std::vector<item> items, unsigned shift, std::vector<std::string>& into) {
    if (items.size() == 1 || shift >= hash_bits) {
        for (auto& each : items)
            into.push_back(std::move(each.text));
        return;
    }
    std::map<std::uint32_t, std::vector<item>> places;
    for (auto& each : items) {
        const auto place = each.hash >> shift & ((1U << bits_a_level) - 1);
        places[place].push_back(std::move(each));
    }
    for (auto& [place, found] : places) {
        if (found.size() == 1) into.push_back(std::move(found.front().text));
    }
    for (auto& [place, found] : places) {
        if (found.size() > 1) collect(std::move(found), shift + bits_a_level, into);
    }
}

}  // namespace

void sort_as_scala_set(std::vector<std::string>& items) {
    if (items.size() <= small) return;
    std::vector<item> hashed;
    for (auto& each : items) {
        const auto hash = improved(hash_of(each));
        hashed.push_back({hash, std::move(each)});
    }
    items.clear();
    collect(std::move(hashed), 0, items);
}

}  // namespace weir::cli::tools::java

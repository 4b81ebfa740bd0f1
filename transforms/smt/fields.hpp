// fields: what transforms do with the fields of structs and maps, without an allocation a record:
// names looked up, defaults put in, maps changed, and plans for a schema that are made once. Pure.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "transforms/smt/step.hpp"

namespace weir::transforms::smt {

// A set of names: looked through while it is small.
class name_set {
  public:
    name_set() = default;
    explicit name_set(std::vector<std::string> names) : names_(std::move(names)) {
        if (names_.size() > 8) large_.insert(names_.begin(), names_.end());
    }
    name_set(const name_set&) = delete;
    name_set& operator=(const name_set&) = delete;
    name_set(name_set&&) = default;
    name_set& operator=(name_set&&) = default;

    bool contains(std::string_view name) const {
        if (!large_.empty()) return large_.contains(name);
        return std::ranges::any_of(names_, [&](const auto& each) { return each == name; });
    }
    bool empty() const { return names_.empty(); }
    const std::vector<std::string>& names() const { return names_; }

  private:
    std::vector<std::string> names_;
    std::unordered_set<std::string_view> large_;  // views names_, whose buffer moves with it
};

// A field's value as Struct.get() has it, or getWithoutDefault().
inline data::value field_value(const data::value& of, const data::schema& with, bool defaults) {
    if (of.kind != WEIR_NULL || !defaults || with.initial == nullptr) return of;
    auto out = *with.initial;
    out.schema = &with;
    return out;
}

inline bool refuses_null(const data::value& of, const data::schema& with) {
    return of.kind == WEIR_NULL && with.optional == 0;
}

// A struct is one of its own schema; one without is none.
inline bool is_struct(const data::value& of) {
    return of.kind == WEIR_STRUCT && of.schema != nullptr && of.count == of.schema->field_count;
}

// A copy of a map without a schema that can be changed; there is room for `more` new pairs.
class map_change {
  public:
    map_change(const data::value& of, std::size_t more, data::arena& memory)
        : pairs_(memory.take_array<data::value>((of.count + more) * 2)), size_(of.count * 2UL) {
        std::ranges::copy(data::items(of), pairs_.begin());
    }
    // An empty one.
    map_change(std::size_t room, data::arena& memory)
        : pairs_(memory.take_array<data::value>(room * 2)) {}

    void append(const data::value& key, const data::value& of) {
        pairs_[size_] = key;
        pairs_[size_ + 1] = of;
        size_ += 2;
    }
    data::value* find(std::string_view name) {
        for (std::size_t at = 0; at < size_; at += 2) {
            if (pairs_[at].kind == WEIR_STRING && data::text(pairs_[at]) == name)
                return &pairs_[at + 1];
        }
        return nullptr;
    }
    // The name lives as long as the record.
    void put(std::string_view name, const data::value& of) {
        if (auto* found = find(name)) {
            *found = of;
        } else {
            append(data::make_string(name), of);
        }
    }
    void remove(std::string_view name) {
        auto* const found = find(name);
        if (found == nullptr) return;
        std::copy(found + 1, pairs_.data() + size_, found - 1);
        size_ -= 2;
    }
    data::value done() const { return data::make_map(pairs_.first(size_)); }

  private:
    std::span<data::value> pairs_;
    std::size_t size_ = 0;
};

// Plans by schema, made once; a schema is known by its place. Of many only the last ones are kept.
template <class Plan>
class plan_cache {
  public:
    // `make` gives std::expected<Plan, std::string>.
    template <class Make>
    std::expected<const Plan*, std::string> get(const data::schema* of, const Make& make) {
        if (of == last_) return last_plan_;
        for (const auto& [schema, plan] : plans_) {
            if (schema == of) return remember(of, plan.get());
        }
        auto made = make(*of);
        if (!made) return std::unexpected(std::move(made.error()));
        if (plans_.size() >= plans_max) plans_.clear();
        plans_.emplace_back(of, std::make_unique<Plan>(std::move(*made)));
        return remember(of, plans_.back().second.get());
    }

  private:
    static constexpr std::size_t plans_max = 64;

    const Plan* remember(const data::schema* of, const Plan* plan) {
        last_ = of;
        last_plan_ = plan;
        return plan;
    }

    std::vector<std::pair<const data::schema*, std::unique_ptr<Plan>>> plans_;
    const data::schema* last_ = nullptr;
    const Plan* last_plan_ = nullptr;
};

// SchemaUtil.copySchemaBasics: name, version, doc and parameters; neither optional nor default.
data::schema_parts basics_of(const data::schema& of);
// SchemaBuilder.field and build: refuses a name that is empty or there already.
std::expected<const data::schema*, std::string> keep_struct(const data::schema_parts& parts,
                                                            data::schema_store& schemas);
// "STRUCT", of the schema's type.
std::string_view type_name(const data::schema& of);

}  // namespace weir::transforms::smt

// strong<Tag, Rep>: an integer with a name of its own, so that an offset is never an epoch.
// Offsets and counts may be moved by plain distances; ids and epochs are only compared.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <functional>

namespace weir::base {

template <class Tag, std::integral Rep>
class strong {
  public:
    using rep = Rep;

    constexpr strong() = default;
    constexpr explicit strong(Rep value) : value_(value) {}

    constexpr Rep value() const { return value_; }
    constexpr auto operator<=>(const strong&) const = default;

    constexpr strong& operator++()
        requires(Tag::moves)
    {
        ++value_;
        return *this;
    }
    constexpr friend strong operator+(strong at, Rep distance)
        requires(Tag::moves)
    {
        return strong(static_cast<Rep>(at.value_ + distance));
    }
    constexpr friend strong operator-(strong at, Rep distance)
        requires(Tag::moves)
    {
        return strong(static_cast<Rep>(at.value_ - distance));
    }
    constexpr friend Rep operator-(strong to, strong from)
        requires(Tag::moves)
    {
        return static_cast<Rep>(to.value_ - from.value_);
    }

  private:
    Rep value_ = 0;
};

}  // namespace weir::base

template <class Tag, class Rep>
struct std::hash<weir::base::strong<Tag, Rep>> {
    std::size_t operator()(weir::base::strong<Tag, Rep> id) const noexcept {
        return std::hash<Rep>()(id.value());
    }
};

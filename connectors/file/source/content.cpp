#include "connectors/file/source/content.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "connectors/file/source/content_hash.hpp"

namespace weir::connectors::file {
namespace {

constexpr std::size_t input_bytes = 256 * 1024;
constexpr std::size_t chunk_bytes = 64 * 1024;

// Looks at bytes of a file at ascending places.
class prober {
  public:
    prober(const std::string& path, encoding as) : as_(as) {
        std::string ignored;
        from_ = open_file(path, ignored);
        if (as != encoding::plain) inflated_.emplace(as);
    }
    bool is(const identity& file) const {
        if (!from_.is_open()) return false;
        const auto facts = facts_of(from_);
        return facts && facts->file.same_as(file);
    }
    // The `length` bytes before `end`; fewer (a shorter view) when the file is over before.
    std::string_view before(std::uint64_t end, std::uint32_t length) {
        if (as_ == encoding::plain) {
            window_.resize(length);
            const auto got = read_at(from_, end - length, window_.data(), length);
            return {window_.data(), static_cast<std::size_t>(std::max<std::int64_t>(got, 0))};
        }
        while (window_begin_ + window_.size() < end) {
            if (!more()) return {};
        }
        const auto begin = end - length;
        if (begin < window_begin_) return {};
        return std::string_view(window_).substr(static_cast<std::size_t>(begin - window_begin_),
                                                length);
    }
    // Up to `size` bytes at `offset`, which only ascends.
    std::int64_t read(std::uint64_t offset, char* into, std::size_t size) {
        if (as_ == encoding::plain) return read_at(from_, offset, into, size);
        return inflated_->read(from_, offset, into, size);
    }
    // Of a compressed file of which everything was looked at.
    std::uint64_t end() const { return window_begin_ + window_.size(); }
    bool is_complete() const { return !inflated_ || inflated_->is_complete(); }

  private:
    bool more() {
        if (window_.size() > 4 * chunk_bytes) {
            const auto drop = window_.size() - 2 * head_bytes;
            window_.erase(0, drop);
            window_begin_ += drop;
        }
        const auto held = window_.size();
        window_.resize(held + chunk_bytes);
        const auto got =
            inflated_->read(from_, window_begin_ + held, window_.data() + held, chunk_bytes);
        window_.resize(held + static_cast<std::size_t>(std::max<std::int64_t>(got, 0)));
        return got > 0;
    }

    encoding as_;
    descriptor from_;
    std::optional<inflated_file> inflated_;
    std::string window_;
    std::uint64_t window_begin_ = 0;
};

bool agrees(prober& probe, std::uint64_t end, std::uint32_t length, std::uint64_t hash) {
    if (length == 0) return true;
    const auto bytes = probe.before(end, length);
    return bytes.size() == length && content_hash(bytes) == hash;
}

std::uint32_t mark_length(std::uint64_t offset) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(tail_bytes, offset));
}

// How much of what was delivered was found again.
struct evidence {
    bool differs = false;
    bool ended = false;  // the file ends before the position
    bool enough = false;
};

// A compressed file, whose length is not known before it is over.
evidence look_through(prober& probe, const position& at) {
    evidence out;
    const auto look = [&](std::uint64_t end, std::uint32_t length, std::uint64_t hash) {
        if (out.ended || out.differs || length == 0) return false;
        const auto bytes = probe.before(end, length);
        out.ended = bytes.size() < length;
        out.differs = !out.ended && content_hash(bytes) != hash;
        return !out.ended && !out.differs;
    };
    if (look(at.head_length, at.head_length, at.head_hash))
        out.enough = at.head_length == head_bytes;
    for (const auto& mark : at.marks) {
        if (look(mark.offset, mark_length(mark.offset), mark.hash)) out.enough = true;
    }
    look(at.offset, at.tail_length, at.tail_hash);
    return out;
}

// A plain file that is shorter than the position.
bool is_spent(prober& probe, const position& at, std::uint64_t size) {
    bool enough = false;
    if (at.head_length <= size && at.head_length > 0) {
        if (!agrees(probe, at.head_length, at.head_length, at.head_hash)) return false;
        enough = at.head_length == head_bytes;
    }
    for (auto mark = at.marks.rbegin(); mark != at.marks.rend(); ++mark) {
        if (mark->offset > size) continue;
        return agrees(probe, mark->offset, mark_length(mark->offset), mark->hash);
    }
    return enough;
}

// Whether the first `size` bytes of two plain files are the same: all of few, samples of many.
bool samples_agree(prober& one, prober& two, std::uint64_t size) {
    constexpr std::uint64_t whole_max = 4 * 1024 * 1024;
    constexpr std::uint64_t samples = 64;
    const std::uint64_t step = size <= whole_max ? chunk_bytes : (size - chunk_bytes) / samples;
    std::string left(chunk_bytes, '\0');
    std::string right(chunk_bytes, '\0');
    for (std::uint64_t at = 0; at < size; at += step) {
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(chunk_bytes, size - at));
        const auto length = static_cast<std::int64_t>(wanted);
        if (one.read(at, left.data(), wanted) != length) return false;
        if (two.read(at, right.data(), wanted) != length) return false;
        if (std::memcmp(left.data(), right.data(), wanted) != 0) return false;
    }
    return true;
}

bool streams_agree(prober& part, prober& whole) {
    std::string left(chunk_bytes, '\0');
    std::string right(chunk_bytes, '\0');
    for (std::uint64_t at = 0;;) {
        const auto got = part.read(at, left.data(), chunk_bytes);
        // What is damaged may be unfinished: so far it agrees.
        if (got <= 0) return true;
        const auto wanted = static_cast<std::size_t>(got);
        if (whole.read(at, right.data(), wanted) != got) return false;
        if (std::memcmp(left.data(), right.data(), wanted) != 0) return false;
        at += wanted;
    }
}

}  // namespace

void inflated_file::restart() {
    decoder_ = make_inflater(as_);
    input_.clear();
    kept_.clear();
    input_at_ = 0;
    raw_offset_ = next_ = 0;
    between_ = false;
    damaged_ = decoder_ == nullptr;
}

std::int64_t inflated_file::decode(const descriptor& from, char* into, std::size_t size) {
    while (!damaged_) {
        if (input_at_ == input_.size()) {
            input_.resize(input_bytes);
            const auto got = read_at(from, raw_offset_, input_.data(), input_bytes);
            input_.resize(static_cast<std::size_t>(std::max<std::int64_t>(got, 0)));
            input_at_ = 0;
            if (got < 0) return -1;
            raw_offset_ += static_cast<std::uint64_t>(got);
        }
        const auto step = decoder_->run(std::string_view(input_).substr(input_at_), into, size);
        input_at_ += step.taken;
        between_ = step.between;
        damaged_ = step.damaged;
        if (step.made > 0) return static_cast<std::int64_t>(step.made);
        if (input_.empty()) return 0;
        if (step.taken == 0 && input_at_ < input_.size()) damaged_ = true;
    }
    return -1;
}

std::int64_t inflated_file::read(const descriptor& from, std::uint64_t offset, char* into,
                                 std::size_t size) {
    if (offset + kept_.size() < next_) restart();
    std::size_t done = 0;
    while (done < size) {
        const auto at = offset + done;
        if (at < next_) {
            const auto in_kept = static_cast<std::size_t>(at - (next_ - kept_.size()));
            const auto count = std::min(size - done, kept_.size() - in_kept);
            std::memcpy(into + done, kept_.data() + in_kept, count);
            done += count;
            continue;
        }
        std::array<char, 16 * 1024> skipped;
        const bool skips = at > next_;
        const auto room =
            skips
                ? std::min<std::size_t>(
                      skipped.size(),
                      static_cast<std::size_t>(std::min<std::uint64_t>(at - next_, skipped.size())))
                : size - done;
        const auto made = decode(from, skips ? skipped.data() : into + done, room);
        if (made < 0) return done > 0 ? static_cast<std::int64_t>(done) : -1;
        if (made == 0) break;
        kept_.clear();
        next_ += static_cast<std::uint64_t>(made);
        if (!skips) done += static_cast<std::size_t>(made);
    }
    return static_cast<std::int64_t>(done);
}

void inflated_file::give_back(std::uint64_t offset, std::string_view bytes) {
    if (offset + bytes.size() == next_) kept_.assign(bytes);
}

likeness disk_content::compare(const position& at, const seen_file& file) {
    const bool same = file.file.same_as(at.file);
    const auto as = same ? at.as : file.as;
    if (as != encoding::plain && same && at.size == file.size && at.modified_ns == file.modified_ns)
        return likeness::continues;
    // A position without hashes (set by hand) is of its file only.
    if (at.head_length == 0 && at.tail_length == 0 && !same) return likeness::other;
    prober probe(file.path, as);
    if (!probe.is(file.file)) return likeness::other;
    if (as != encoding::plain) {
        const auto found = look_through(probe, at);
        if (found.differs) return likeness::other;
        if (!found.ended) return likeness::continues;
        return found.enough && probe.is_complete() ? likeness::spent : likeness::other;
    }
    if (file.size < at.offset)
        return file.size > 0 && is_spent(probe, at, file.size) ? likeness::spent : likeness::other;
    const bool continues = agrees(probe, at.head_length, at.head_length, at.head_hash) &&
                           agrees(probe, at.offset, at.tail_length, at.tail_hash);
    return continues ? likeness::continues : likeness::other;
}

bool disk_content::begins(const seen_file& part, const seen_file& whole) {
    if (part.size == 0) return true;
    const auto state_of = [](const seen_file& file) {
        return state{file.file.device, file.file.inode, file.size, file.modified_ns};
    };
    const pair_key key = {state_of(part), state_of(whole)};
    if (const auto known = known_pairs_.find(key); known != known_pairs_.end())
        return known->second;
    prober one(part.path, part.as);
    prober two(whole.path, whole.as);
    if (!one.is(part.file) || !two.is(whole.file)) return false;
    bool out = false;
    if (part.as == encoding::plain && whole.as == encoding::plain) {
        out = samples_agree(one, two, part.size);
    } else {
        out = streams_agree(one, two);
    }
    if (known_pairs_.size() > 10'000) known_pairs_.clear();
    known_pairs_[key] = out;
    return out;
}

std::uint64_t disk_content::length(const seen_file& file) {
    if (file.as == encoding::plain) return file.size;
    prober probe(file.path, file.as);
    if (!probe.is(file.file)) return 0;
    probe.before(~std::uint64_t{0}, 1);
    return probe.end();
}

std::optional<position> disk_content::at_end_of(const position& at, const seen_file& file) {
    prober probe(file.path, file.as);
    if (!probe.is(file.file)) return std::nullopt;
    position out = at;
    out.offset = file.size;
    if (file.as != encoding::plain) {
        probe.before(at.offset, 1);
        out.offset = probe.end();
    }
    out.tail_length = mark_length(out.offset);
    const auto tail = probe.before(out.offset, out.tail_length);
    if (tail.size() != out.tail_length) return std::nullopt;
    out.tail_hash = content_hash(tail);
    if (out.head_length > out.offset) {
        out.head_length = static_cast<std::uint32_t>(out.offset);
        const auto head = probe.before(out.offset, out.head_length);
        if (head.size() != out.head_length) return std::nullopt;
        out.head_hash = content_hash(head);
    }
    std::erase_if(out.marks, [&](const content_mark& each) { return each.offset >= out.offset; });
    return out;
}

encoding encoding_of_file(const descriptor& open, const std::string& path) {
    std::array<char, 4> begin = {};
    const auto got = read_at(open, 0, begin.data(), begin.size());
    if (got == static_cast<std::int64_t>(begin.size()))
        return encoding_of({begin.data(), begin.size()});
    if (path.ends_with(".gz")) return encoding::gzip;
    if (path.ends_with(".zst")) return encoding::zstd;
    return encoding::plain;
}

}  // namespace weir::connectors::file

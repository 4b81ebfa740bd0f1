#include "tests/unit/connectors/file/sink/crash_disk.hpp"

#include <utility>

namespace weir::connectors::file::sink::test {
namespace {

std::unexpected<failure> broken() {
    return std::unexpected(failure{"the disk is broken"});
}

// Whether this call still happens.
bool count_call(crash_medium& on) {
    if (on.calls_left == UINT64_MAX) return true;
    if (on.calls_left > 0) --on.calls_left;
    return on.calls_left > 0;
}

class crash_file final : public writable {
  public:
    crash_file(crash_medium& on, std::shared_ptr<node> at, bool held)
        : medium_(on), at_(std::move(at)), held_(held) {}
    ~crash_file() override {
        if (held_) at_->held = false;
    }
    crash_file(const crash_file&) = delete;
    crash_file& operator=(const crash_file&) = delete;

    result<> append(std::string_view data) override {
        if (medium_.is_broken()) return broken();
        if (!count_call(medium_)) {
            at_->data += data.substr(0, medium_.random() % (data.size() + 1));
            return broken();
        }
        if (data.size() > medium_.space) {
            ++medium_.refused_writes;
            return std::unexpected(failure{"no space left", true});
        }
        medium_.space -= medium_.space == UINT64_MAX ? 0 : data.size();
        at_->data += data;
        return {};
    }
    result<> sync() override {
        if (!count_call(medium_)) return broken();
        ++medium_.syncs;
        at_->synced = at_->data;
        return {};
    }
    std::uint64_t size_bytes() const override { return at_->data.size(); }
    result<> cut(std::uint64_t size_bytes) override {
        if (!count_call(medium_)) return broken();
        at_->data.resize(size_bytes);
        return {};
    }

  private:
    crash_medium& medium_;
    std::shared_ptr<node> at_;
    bool held_;
};

class crash_disk final : public disk {
  public:
    explicit crash_disk(crash_medium& on) : medium_(on) {}

    result<std::unique_ptr<writable>> open(const std::string& path, open_mode mode) override {
        if (!count_call(medium_)) return broken();
        auto& at = medium_.names[path];
        if (!at) at = std::make_shared<node>();
        if (mode.exclusive && at->held) return std::unexpected(failure{path + " is held", true});
        at->held = at->held || mode.exclusive;
        if (mode.empty) at->data.clear();
        if (!mode.empty) medium_.synced_names[path] = at;
        return std::make_unique<crash_file>(medium_, at, mode.exclusive);
    }
    result<> sync_name(const std::string& path) override {
        if (!count_call(medium_)) return broken();
        // It is the directory that is synced.
        const auto directory = path.substr(0, path.rfind('/') + 1);
        const auto is_in = [&directory](const std::string& name) {
            return name.substr(0, name.rfind('/') + 1) == directory;
        };
        std::erase_if(medium_.synced_names, [&](const auto& each) { return is_in(each.first); });
        for (const auto& each : medium_.names) {
            if (is_in(each.first)) medium_.synced_names.insert(each);
        }
        return {};
    }
    result<> rename(const std::string& from, const std::string& to) override {
        if (medium_.is_broken()) return broken();
        const bool whole = count_call(medium_);
        // When it breaks the name may be changed, and durable, or not.
        if (!whole && medium_.random() % 2 == 0) return broken();
        const auto found = medium_.names.find(from);
        if (found == medium_.names.end())
            return std::unexpected(failure{"there is no " + from + " to rename"});
        medium_.names[to] = found->second;
        medium_.names.erase(found);
        if (!whole && medium_.random() % 2 == 0) return broken();
        medium_.synced_names[to] = medium_.names[to];
        medium_.synced_names.erase(from);
        return whole ? result<>{} : broken();
    }
    result<> remove(const std::string& path) override {
        if (!count_call(medium_)) return broken();
        medium_.names.erase(path);
        return {};
    }
    bool exists(const std::string& path) override { return medium_.names.contains(path); }
    result<std::string> read(const std::string& path, std::uint64_t at,
                             std::size_t size_max) override {
        if (!count_call(medium_)) return broken();
        const auto found = medium_.names.find(path);
        const bool past = found == medium_.names.end() || at >= found->second->data.size();
        return past ? std::string() : found->second->data.substr(at, size_max);
    }

  private:
    crash_medium& medium_;
};

}  // namespace

void crash_medium::kill() {
    calls_left = UINT64_MAX;
    space = UINT64_MAX;
}

void crash_medium::fail_power() {
    kill();
    // Names that were not synced are there or not; names that were removed may come back.
    std::map<std::string, std::shared_ptr<node>> after = synced_names;
    for (const auto& [name, at] : names) {
        if (!after.contains(name) && random() % 2 == 0) after[name] = at;
    }
    for (auto each = after.begin(); each != after.end();) {
        const bool removed = !names.contains(each->first) && random() % 2 == 0;
        each = removed ? after.erase(each) : std::next(each);
    }
    names = std::move(after);
    for (auto& [name, at] : names) {
        // What was added since the sync is there in part, and may be zeros.
        const bool grown = at->data.starts_with(at->synced);
        if (!grown) {
            if (random() % 2 == 0) at->data = at->synced;
        } else {
            const auto added = at->data.size() - at->synced.size();
            at->data.resize(at->synced.size() + random() % (added + 1));
            if (random() % 8 == 0 && at->data.size() > at->synced.size()) at->data.back() = '\0';
        }
        at->synced = at->data;
    }
    synced_names = names;
}

std::unique_ptr<disk> make_crash_disk(crash_medium& on) {
    return std::make_unique<crash_disk>(on);
}

}  // namespace weir::connectors::file::sink::test

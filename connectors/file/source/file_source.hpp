// file_source: the task of `type = "file"`: polls the tracker, waits for the system's notices and
// shows metrics. One thread at a time; only request_stop() may come from another one.
#pragma once

#include <atomic>
#include <memory>

#include "connect/sdk/source.hpp"
#include "connectors/file/source/batch.hpp"
#include "connectors/file/source/options.hpp"
#include "connectors/file/source/tracker.hpp"

namespace weir::connectors::file {

class file_source : public sdk::source {
  public:
    static sdk::outcome create(const sdk::host& host, const sdk::settings& given,
                               std::span<const weir_position> positions,
                               std::unique_ptr<sdk::source>& task);
    static void check(const sdk::settings& given, bool reach, sdk::problems& into);

    file_source(const sdk::host& host, settings_of_source settings);
    sdk::outcome poll(std::chrono::milliseconds timeout, sdk::source_batch& into) override;
    void request_stop() override;

  private:
    void show(steady_time now);

    sdk::host host_;
    settings_of_source settings_;
    batch batch_;
    tracker tracker_;
    std::atomic<bool> stop_ = false;
    steady_time next_show_ = {};
};

}  // namespace weir::connectors::file

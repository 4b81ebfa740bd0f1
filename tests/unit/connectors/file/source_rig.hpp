// source_rig: a file source in the hand of a test: a directory of its own, the host's side of the
// plugin ABI, positions kept as a host keeps them, and a crash at any point.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "connect/plugin/component_settings.hpp"
#include "connectors/file/source/file_source.hpp"

namespace weir::test {

// A record, copied.
struct taken {
    std::string text;
    std::string error;
    std::map<std::string, std::string> fields;  // of a struct, or headers
};

class source_rig {
  public:
    explicit source_rig(const std::string& name);
    ~source_rig();

    std::filesystem::path path(const std::string& name) const { return root_ / name; }
    // Settings, in the form of the option's type; before start().
    void set(const std::string& option, const std::string& text);
    void set(const std::string& option, std::int64_t number);
    void set(const std::string& option, std::vector<std::string> list);

    // Begins from the positions that were committed. False: create() refused; see error().
    bool start();
    const std::string& error() const { return error_; }
    // Without notice: what was polled since the last commit is as if it never had been.
    void crash();
    // One poll. Its records are pending until commit().
    const std::vector<taken>& poll(std::chrono::milliseconds timeout);
    bool drained() const { return drained_; }
    // What was polled so far is durable, with its positions.
    void commit();
    // Polls and commits until nothing came for a poll of `quiet`.
    void drain(std::chrono::milliseconds quiet = std::chrono::milliseconds(20));
    // Polls and commits until there are `count` durable records. False: not within ten seconds.
    bool wait_for(std::size_t count);
    void request_stop();

    // Durable records.
    const std::vector<taken>& records() const { return durable_; }
    std::vector<std::string> texts() const;
    const std::map<std::string, std::string>& positions() const { return positions_; }
    std::map<std::string, std::string>& positions() { return positions_; }
    const std::vector<std::string>& log() const { return log_; }
    double metric(const std::string& name) const;

  private:
    static void on_log(void* context, uint32_t level, weir_text line);
    static void on_metric(void* context, const weir_metric* sample);

    std::filesystem::path root_;
    std::vector<connect::plugin::component_setting> settings_;
    weir_host host_ = {};
    void* task_ = nullptr;
    bool drained_ = false;
    std::string error_;
    std::vector<taken> last_;
    std::vector<taken> pending_;
    std::map<std::string, std::string> pending_positions_;
    std::vector<taken> durable_;
    std::map<std::string, std::string> positions_;
    std::vector<std::string> log_;
    std::map<std::string, double> metrics_;
};

void write_file(const std::filesystem::path& path, const std::string& content);
void append(const std::filesystem::path& path, const std::string& content);
std::string read_file(const std::filesystem::path& path);
// As gzip(1) does: makes PATH.gz with the time of the file, then removes the file.
void gzip(const std::filesystem::path& path);
void zstd(const std::filesystem::path& path);
std::string gzipped(const std::string& content);
std::string zstd_made(const std::string& content);
// As logrotate does with copytruncate.
void copytruncate(const std::filesystem::path& from, const std::filesystem::path& to);
// Seconds back from now.
void make_older(const std::filesystem::path& path, int seconds);

}  // namespace weir::test

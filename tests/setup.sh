#!/usr/bin/env bash
# Installs the packages that build and run Weir on Debian 12. Called by examples/quickstart.sh and
# tests/run.sh; does nothing (in well under a second) when all of them are there.
set -euo pipefail
packages=(
  clang-19 lld-19 libclang-rt-19-dev clang-format-19 clang-tidy-19 llvm-19 cmake ninja-build git
  pkg-config libboost1.81-dev libtomlplusplus-dev prometheus-cpp-dev libgtest-dev libgmock-dev
  libbenchmark-dev librdkafka-dev libre2-dev libsimdjson-dev zlib1g-dev
  libsnappy-dev liblz4-dev libzstd-dev
  libisal-dev libsodium-dev
  libssl-dev openssl nlohmann-json3-dev libfmt-dev libspdlog-dev libcli11-dev kcat curl python3
  python3-confluent-kafka python3-kafka python3-venv
)
missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
    missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
echo "setup: installing ${missing[*]}"
$sudo apt-get update -q
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends "${missing[@]}"

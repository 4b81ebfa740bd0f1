#!/usr/bin/env bash
# Installs Apache Kafka 4.3.1 (jars from Maven, pom.xml) below ${WEIR_PEERS:-build/peers} and prints
# its directory, one for each content of pom.xml. Its tools are bin/kafka-topics.sh and so on, libs/
# has the jars. Does nothing when it is there. Ends with 77 (skipped, as ctest knows it) where Java
# or Maven is absent.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
peers=${WEIR_PEERS:-$PWD/build/peers}
kafka=$peers/kafka-$(sha256sum tests/peers/pom.xml | cut -c1-8)
mkdir -p "$peers"
exec 9> "$peers/kafka.lock"
flock 9
if [ -e "$kafka/ready" ]; then echo "$kafka"; exit 0; fi
for program in java mvn; do
  command -v $program > /dev/null || { echo "SKIPPED: $program is not installed" >&2; exit 77; }
done
rm -rf "$kafka"
mkdir -p "$kafka/bin"
mvn -B -q -f tests/peers/pom.xml dependency:copy-dependencies -DincludeScope=runtime \
  -DoutputDirectory="$kafka/libs" >&2

cat > "$kafka/log4j2.yaml" <<'YAML'
Configuration:
  Appenders:
    Console: { name: STDERR, target: SYSTEM_ERR, PatternLayout: { pattern: "[%d] %p %m (%c)%n" } }
  Loggers:
    Root: { level: "${env:KAFKA_LOG_LEVEL:-WARN}", AppenderRef: [ { ref: STDERR } ] }
    Logger: [ { name: org.reflections, level: ERROR } ]
YAML
# The flags are those of Kafka's own start script; a tool gets less memory than a server.
cat > "$kafka/bin/run-class.sh" <<'RUN'
#!/usr/bin/env bash
home=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
# shellcheck disable=SC2086
exec java $KAFKA_HEAP_OPTS -server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 \
  -XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true \
  -Dlog4j2.configurationFile="$home/log4j2.yaml" -cp "${CLASSPATH:+$CLASSPATH:}$home/libs/*" "$@"
RUN
wrap() {  # tool class [heap]
  cat > "$kafka/bin/$1.sh" <<TOOL
#!/usr/bin/env bash
export KAFKA_HEAP_OPTS="\${KAFKA_HEAP_OPTS:-${3:--Xmx256M}}"
exec "\$(dirname "\$(readlink -f "\$0")")/run-class.sh" $2 "\$@"
TOOL
}
tools=org.apache.kafka.tools
wrap kafka-topics $tools.TopicCommand
wrap kafka-console-producer $tools.ConsoleProducer
wrap kafka-console-consumer $tools.consumer.ConsoleConsumer
wrap kafka-consumer-groups $tools.consumer.group.ConsumerGroupCommand
wrap kafka-groups $tools.GroupsCommand
wrap kafka-configs kafka.admin.ConfigCommand
wrap kafka-get-offsets $tools.GetOffsetShell
wrap kafka-delete-records $tools.DeleteRecordsCommand
wrap kafka-broker-api-versions $tools.BrokerApiVersionsCommand
wrap kafka-dump-log $tools.DumpLogSegments
wrap kafka-log-dirs $tools.LogDirsCommand
wrap kafka-metadata-quorum $tools.MetadataQuorumCommand
wrap kafka-features $tools.FeatureCommand
wrap kafka-producer-perf-test $tools.ProducerPerformance -Xmx512M
wrap kafka-consumer-perf-test $tools.ConsumerPerformance -Xmx512M
wrap kafka-verifiable-producer $tools.VerifiableProducer -Xmx512M
wrap kafka-verifiable-consumer $tools.VerifiableConsumer -Xmx512M
wrap connect-distributed org.apache.kafka.connect.cli.ConnectDistributed -Xmx512M
wrap kafka-storage kafka.tools.StorageTool
wrap kafka-server-start kafka.Kafka "-Xms1G -Xmx1G"
chmod +x "$kafka"/bin/*.sh
"$kafka/bin/kafka-topics.sh" --version >&2
touch "$kafka/ready"
echo "$kafka"

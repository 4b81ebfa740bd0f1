"""What is done to log files under a tailer that is killed again and again: the steps of
tail_torture, as data. A scenario is a list of steps; "kill" and "start" are of the tailer, the
others of the writer. Each line that is written is unique; at the end the topic must have each of
them once, unmangled, in the order of its log, but for those of "truncate" and "delete".

  append N          N lines at the end of app.log
  half, rest        a line in two writes
  rename            app.log.1 -> app.log.2 ..., app.log -> app.log.1, app.log anew
  copytruncate      app.log.1 -> app.log.2 ..., copy of app.log to app.log.1, app.log emptied
  gzip N, zstd N    compresses app.log.N and removes it
  header            the same first lines in each generation from now on
  truncate, delete  of app.log; what was not read is gone
  recreate          app.log deleted and made anew at once: its inode may be used again
  swap              the symbolic link app.log leads to another file
"""

SCENARIOS = {
    "rename while down": ["append 9", "kill", "append 9", "rename", "append 9", "start"],
    "several generations while down": [
        "append 9", "kill", "append 9", "rename", "append 9", "rename", "append 9", "rename",
        "append 9", "start"],
    "gzip while down": ["append 9", "kill", "append 9", "rename", "gzip 1", "append 9", "start"],
    "zstd of a generation never seen": [
        "append 9", "kill", "rename", "append 9", "rename", "zstd 1", "append 9", "start"],
    "copytruncate while down": [
        "append 9", "kill", "append 9", "copytruncate", "append 9", "start"],
    "copytruncate, then more than was read": [
        "append 9", "kill", "copytruncate", "append 999", "start"],
    "copytruncate twice while down": [
        "append 9", "kill", "append 9", "copytruncate", "append 9", "copytruncate", "append 9",
        "start"],
    "same heads": [
        "header", "append 9", "kill", "append 9", "rename", "append 9", "rename", "append 9",
        "start"],
    "tiny files": ["append 1", "kill", "rename", "append 1", "rename", "append 1", "start"],
    "reused inode": ["append 9", "kill", "rename", "recreate", "append 9", "start"],
    "swapped link": ["swap", "append 9", "kill", "append 9", "swap", "append 9", "start"],
    "half a line over a crash": ["append 9", "half", "kill", "rest", "append 9", "start"],
    "rotation under load with kills": [
        "append 999", "rename", "kill", "append 999", "start", "rename", "append 999", "kill",
        "rename", "append 999", "gzip 2", "start", "append 999", "copytruncate", "kill",
        "append 999", "start"],
}

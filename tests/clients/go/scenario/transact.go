package scenario

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Transactor is one transactional producer, with a member of a group when Open is told one.
type Transactor interface {
	Open(id string, timeout time.Duration, group, topic string) error
	Begin() error
	Write(topic string, partition int32, values []string) error // and waits until they are there
	// End commits, with the offsets behind what Next gave, or aborts and goes back to where Next
	// began; true when it was committed.
	End(commit bool, read []Read) (bool, error)
	Next(most int) []Read // the group's next records, at least one
	// Follow reads from the start of each partition until `each` is false.
	Follow(topic string, committed bool, each func(Read) bool)
}

type transactional interface{ Transactions() Transactor }

// transact obeys the commands of exactly_once_test.py: a line each, answered by a line.
func transact(with Transactor) {
	for commands := bufio.NewScanner(os.Stdin); commands.Scan(); {
		answer, err := command(with, strings.Split(commands.Text(), " "))
		if err != nil {
			fmt.Println("error", name(err))
		} else {
			fmt.Println(strings.Join(append([]string{"ok"}, answer...), " "))
		}
	}
}

func name(err error) string {
	var known *kerr.Error
	if errors.As(err, &known) {
		return known.Message
	}
	return strings.ReplaceAll(err.Error(), " ", "_")
}

func command(with Transactor, words []string) ([]string, error) {
	switch words[0] {
	case "open":
		timeout, err := strconv.Atoi(words[2])
		Must(err)
		words = append(words, "", "")
		return nil, with.Open(words[1], time.Duration(timeout)*time.Millisecond, words[3], words[4])
	case "begin":
		return nil, with.Begin()
	case "write":
		partition, err := strconv.Atoi(words[2])
		Must(err)
		return nil, with.Write(words[1], int32(partition), words[3:])
	case "commit", "abort":
		_, err := with.End(words[0] == "commit", nil)
		return nil, err
	case "transform":
		return transform(with, words[1], words[2])
	case "read":
		return before(with, words[1], words[2] == "committed", words[3]), nil
	}
	panic(words[0])
}

func transform(with Transactor, topic, ending string) ([]string, error) {
	read := with.Next(20)
	if err := with.Begin(); err != nil {
		return nil, err
	}
	values := map[int32][]string{}
	var answer []string
	for _, each := range read {
		values[each.Partition] = append(values[each.Partition], "out-"+string(each.Value))
		answer = append(answer, string(each.Value))
	}
	for partition, each := range values {
		if err := with.Write(topic, partition, each); err != nil {
			return nil, err
		}
	}
	if ending == "hold" {
		return append([]string{"held"}, answer...), nil
	}
	committed, err := with.End(ending == "commit", read)
	if committed {
		return append([]string{"committed"}, answer...), err
	}
	return append([]string{"aborted"}, answer...), err
}

// before gives what is before the value `end` in each partition.
func before(with Transactor, topic string, committed bool, end string) []string {
	var found []string
	ended := map[int32]bool{}
	with.Follow(topic, committed, func(each Read) bool {
		if string(each.Value) == end {
			ended[each.Partition] = true
		} else if !ended[each.Partition] {
			found = append(found, string(each.Value))
		}
		return len(ended) < Partitions
	})
	return found
}

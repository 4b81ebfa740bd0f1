// Package scenario is what the Go clients do and check: the records of records.py, the comparison of
// what was read, and the steps that every library goes through its own way (Client, Member).
package scenario

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"sort"
)

type Header struct {
	Name  string
	Value []byte
}

type Record struct {
	Key, Value []byte
	Headers    []Header
	Time       int64
}

// Place is where a record was delivered.
type Place struct {
	Partition int32
	Offset    int64
}

type Read struct {
	Place
	Record
}

type line struct {
	Partition *int32       `json:"p,omitempty"`
	Offset    *int64       `json:"o,omitempty"`
	Key       *string      `json:"k"`
	Value     *string      `json:"v"`
	Headers   [][2]*string `json:"h"`
	Time      int64        `json:"t"`
}

func Ensure(holds bool, format string, about ...any) {
	if !holds {
		panic(fmt.Sprintf(format, about...))
	}
}

func Must(err error) {
	if err != nil {
		panic(err)
	}
}

func decode(text *string) []byte {
	if text == nil {
		return nil
	}
	data, err := base64.StdEncoding.DecodeString(*text)
	Must(err)
	return data
}

// EmptyIsNull is set by a library whose reader gives nil for what is empty.
var EmptyIsNull = false

func shown(data []byte) *string {
	if data == nil || (EmptyIsNull && len(data) == 0) {
		return nil
	}
	text := base64.StdEncoding.EncodeToString(data)
	if len(data) > 64 {
		sum := sha256.Sum256(data)
		text = "sha256:" + hex.EncodeToString(sum[:])
	}
	return &text
}

func asLine(record Record) line {
	made := line{Key: shown(record.Key), Value: shown(record.Value), Headers: [][2]*string{},
		Time: record.Time}
	for _, each := range record.Headers {
		name := each.Name
		made.Headers = append(made.Headers, [2]*string{&name, shown(each.Value)})
	}
	return made
}

func text(of line) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	Must(encoder.Encode(of))
	return out.String()
}

func Load(path string) []Record {
	data, err := os.ReadFile(path)
	Must(err)
	var records []Record
	for _, each := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
		var from line
		Must(json.Unmarshal(each, &from))
		record := Record{Key: decode(from.Key), Value: decode(from.Value), Time: from.Time}
		for _, header := range from.Headers {
			record.Headers = append(record.Headers, Header{*header[0], decode(header[1])})
		}
		records = append(records, record)
	}
	return records
}

func Print(read []Read) {
	out := bufio.NewWriter(os.Stdout)
	for _, each := range read {
		made := asLine(each.Record)
		made.Partition, made.Offset = &each.Partition, &each.Offset
		_, err := out.WriteString(text(made))
		Must(err)
	}
	Must(out.Flush())
}

func Sort(read []Read) {
	sort.Slice(read, func(a, b int) bool {
		if read[a].Partition != read[b].Partition {
			return read[a].Partition < read[b].Partition
		}
		return read[a].Offset < read[b].Offset
	})
}

// Check says that what was read is what was written, where the reports say; each partition has all
// offsets from 0 on; a key is in one partition.
func Check(read []Read, records []Record, places []Place) {
	missing := map[Place]string{}
	for index, each := range records {
		_, twice := missing[places[index]]
		Ensure(!twice, "two records were delivered to %v", places[index])
		missing[places[index]] = text(asLine(each))
	}
	ends := map[int32]int64{}
	partitionOf := map[string]int32{}
	for _, each := range read {
		Ensure(each.Offset == ends[each.Partition], "%v instead of %d", each.Place,
			ends[each.Partition])
		ends[each.Partition]++
		found := text(asLine(each.Record))
		Ensure(found == missing[each.Place], "%v: read %s, written %s", each.Place, found,
			missing[each.Place])
		delete(missing, each.Place)
		if each.Key == nil {
			continue
		}
		before, known := partitionOf[string(each.Key)]
		Ensure(!known || before == each.Partition, "%q is in two partitions", each.Key)
		partitionOf[string(each.Key)] = each.Partition
	}
	Ensure(len(missing) == 0, "%d records are missing", len(missing))
}

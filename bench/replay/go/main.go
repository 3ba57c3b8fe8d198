// The replay server for machines that have Go: the same as ../conversation.mjs, with more headroom. It gets its bytes as one
// line of JSON on its input, prints its port, and ends with its input. It understands no PackStream: requests are told
// apart by their signature, records are copied to the socket.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"regexp"
	"strconv"
)

const (
	hello    = 0x01
	goodbye  = 0x02
	run      = 0x10
	commit   = 0x12
	discard  = 0x2f
	pull     = 0x3f
	lookedAt = 256
)

type records struct {
	Header  []byte `json:"header"`
	Bytes   []byte `json:"bytes"`
	Offsets []int  `json:"offsets"`
}

type script struct {
	Handshake      []byte             `json:"handshake"`
	Hello          []byte             `json:"hello"`
	Nothing        []byte             `json:"nothing"`
	More           []byte             `json:"more"`
	Last           []byte             `json:"last"`
	Committed      []byte             `json:"committed"`
	WithoutRecords []byte             `json:"withoutRecords"`
	Shapes         map[string]records `json:"shapes"`
}

var (
	replay    = regexp.MustCompile(`/\* replay (\w+) (\d+) \*/`)
	fetchSize = []byte{0x81, 'n'}
)

type conversation struct {
	*script
	out     *bufio.Writer
	records *records
	sent    int
	rows    int
}

func (c *conversation) answer(message []byte) error {
	switch message[1] {
	case hello:
		return c.write(c.Hello)
	case run:
		return c.run(message)
	case pull:
		return c.pull(sizeIn(message))
	case discard:
		c.records = nil
		return c.write(c.Last)
	case commit:
		return c.write(c.Committed)
	case goodbye:
		return io.EOF
	default:
		return c.write(c.Nothing)
	}
}

func (c *conversation) write(message []byte) error {
	_, err := c.out.Write(message)
	return err
}

func (c *conversation) run(message []byte) error {
	c.records = nil
	found := replay.FindSubmatch(message)
	if found == nil {
		// Whatever else a driver asks has no records.
		return c.write(c.WithoutRecords)
	}
	shape, known := c.Shapes[string(found[1])]
	if !known {
		return fmt.Errorf("there are no records called %s", found[1])
	}
	c.records = &shape
	c.sent = 0
	c.rows, _ = strconv.Atoi(string(found[2]))
	return c.write(shape.Header)
}

// sizeIn reads the n of PULL, whatever else stands in its map.
func sizeIn(message []byte) int {
	at := bytes.Index(message, fetchSize) + len(fetchSize)
	switch marker := message[at]; {
	case marker == 0xc9:
		return int(int16(message[at+1])<<8 | int16(message[at+2]))
	case marker == 0xca || marker == 0xcb:
		width := 4
		if marker == 0xcb {
			width = 8
		}
		n := 0
		for _, digit := range message[at+1 : at+1+width] {
			n = n<<8 | int(digit)
		}
		return n
	case marker >= 0xf0:
		return -1
	default:
		return int(marker)
	}
}

func (c *conversation) pull(n int) error {
	if c.records == nil {
		return c.write(c.Last)
	}
	until := c.rows
	if n >= 0 && c.sent+n < until {
		until = c.sent + n
	}
	cycle := len(c.records.Offsets) - 1
	for c.sent < until {
		from := c.sent % cycle
		to := min(cycle, from+until-c.sent)
		c.sent += to - from
		if err := c.write(c.records.Bytes[c.records.Offsets[from]:c.records.Offsets[to]]); err != nil {
			return err
		}
	}
	if until == c.rows {
		return c.write(c.Last)
	}
	return c.write(c.More)
}

// serve cuts the client's bytes into messages, of which only the first few bytes are kept, and answers them; what is
// answered in one go leaves in one write.
func serve(client net.Conn, script *script) error {
	defer client.Close()
	in := bufio.NewReaderSize(client, 64*1024)
	c := &conversation{script: script, out: bufio.NewWriterSize(client, 256*1024)}
	if _, err := in.Discard(20); err != nil {
		return err
	}
	if err := c.write(script.Handshake); err != nil {
		return err
	}
	message := make([]byte, 0, lookedAt)
	for {
		if in.Buffered() == 0 {
			if err := c.out.Flush(); err != nil {
				return err
			}
		}
		high, err := in.ReadByte()
		if err != nil {
			return err
		}
		low, err := in.ReadByte()
		if err != nil {
			return err
		}
		size := int(high)<<8 | int(low)
		if size == 0 {
			if len(message) > 0 {
				if err := c.answer(message); err != nil {
					return err
				}
			}
			message = message[:0]
			continue
		}
		kept := min(size, lookedAt-len(message))
		message = message[:len(message)+kept]
		if _, err := io.ReadFull(in, message[len(message)-kept:]); err != nil {
			return err
		}
		if _, err := in.Discard(size - kept); err != nil {
			return err
		}
	}
}

func main() {
	input := bufio.NewReader(os.Stdin)
	var script script
	if err := json.NewDecoder(input).Decode(&script); err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				log.Fatal(err)
			}
			// A client that is done may just hang up; what else goes wrong, the client finds out.
			go serve(client, &script)
		}
	}()
	io.Copy(io.Discard, input)
}

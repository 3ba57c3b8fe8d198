// The official Go driver. Speaks the protocol of clients/worker.mjs: a line of seconds in, a line of what was done out.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
	"github.com/neo4j/neo4j-go-driver/v5/neo4j/config"
)

// Task is what the harness says of a workload.
type Task struct {
	URI      string  `json:"uri"`
	User     string  `json:"user"`
	Password string  `json:"password"`
	Query    string  `json:"query"`
	Way      string  `json:"way"`
	Shape    string  `json:"shape"`
	Fetch    int     `json:"fetchSize"`
	Routing  string  `json:"routing"`
	Callers  int     `json:"callers"`
	Pool     int     `json:"pool"`
	Checksum float64 `json:"checksum"`
	Units    float64 `json:"unitsPerQuery"`
	Maps     int     `json:"bulkMaps"`
}

// sumOf adds up every field of a record, by the rules of workloads.mjs.
func sumOf(shape string, record *neo4j.Record) float64 {
	switch shape {
	case "mixed":
		i, _ := record.Get("i")
		s, _ := record.Get("s")
		f, _ := record.Get("f")
		b, _ := record.Get("b")
		n, _ := record.Get("n")
		l, _ := record.Get("l")
		m, _ := record.Get("m")
		sum := float64(i.(int64)) + float64(len(s.(string))) + f.(float64)
		if b.(bool) {
			sum++
		}
		if n == nil {
			sum++
		}
		for _, element := range l.([]any) {
			sum += float64(element.(int64))
		}
		fields := m.(map[string]any)
		return sum + float64(fields["a"].(int64)+fields["b"].(int64)+fields["c"].(int64))
	case "nodes":
		value, _ := record.Get("n")
		node := value.(neo4j.Node)
		sum := 0.0
		if node.ElementId != "" {
			sum++
		}
		for _, label := range node.Labels {
			sum += float64(len(label))
		}
		props := node.Props
		if props["active"].(bool) {
			sum++
		}
		sum += float64(props["id"].(int64)+props["age"].(int64)) + props["score"].(float64)
		return sum + float64(len(props["name"].(string))+len(props["city"].(string)))
	default:
		x, _ := record.Get("x")
		return float64(x.(int64))
	}
}

func main() {
	var task Task
	if err := json.Unmarshal([]byte(os.Args[1]), &task); err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	auth := neo4j.NoAuth()
	if task.User != "" {
		auth = neo4j.BasicAuth(task.User, task.Password, "")
	}
	driver, err := neo4j.NewDriverWithContext(task.URI, auth, func(settings *config.Config) {
		settings.MaxConnectionPoolSize = task.Pool
		settings.FetchSize = task.Fetch
	})
	if err != nil {
		log.Fatal(err)
	}
	defer driver.Close(ctx)

	var parameters map[string]any
	switch task.Way {
	case "execute":
		parameters = map[string]any{"x": 1}
	case "bulk":
		maps := make([]any, task.Maps)
		for i := range maps {
			maps[i] = map[string]any{"id": i, "name": "name-" + strconv.Itoa(i), "score": float64(i) + 0.5}
		}
		parameters = map[string]any{"rows": maps}
	}

	stream := func() float64 {
		session := driver.NewSession(ctx, neo4j.SessionConfig{})
		defer session.Close(ctx)
		result, err := session.Run(ctx, task.Query, nil)
		if err != nil {
			log.Fatal(err)
		}
		sum := 0.0
		for result.Next(ctx) {
			sum += sumOf(task.Shape, result.Record())
		}
		if err := result.Err(); err != nil {
			log.Fatal(err)
		}
		return sum
	}
	routing := neo4j.ExecuteQueryWithWritersRouting()
	if task.Routing == "READ" {
		routing = neo4j.ExecuteQueryWithReadersRouting()
	}
	execute := func() float64 {
		result, err := neo4j.ExecuteQuery(ctx, driver, task.Query, parameters, neo4j.EagerResultTransformer, routing)
		if err != nil {
			log.Fatal(err)
		}
		sum := 0.0
		for _, record := range result.Records {
			sum += sumOf(task.Shape, record)
		}
		return sum
	}
	once := func() {
		work := execute
		if task.Way == "stream" || task.Way == "fetch" {
			work = stream
		}
		if sum := work(); sum != task.Checksum {
			log.Fatalf("the fields add up to %f instead of %f", sum, task.Checksum)
		}
	}

	once()
	fmt.Println("ready")
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		seconds, err := strconv.ParseFloat(input.Text(), 64)
		if err != nil {
			log.Fatal(err)
		}
		started := time.Now()
		end := started.Add(time.Duration(seconds * float64(time.Second)))
		var queries atomic.Int64
		var callers sync.WaitGroup
		for range task.Callers {
			callers.Add(1)
			go func() {
				defer callers.Done()
				for {
					once()
					queries.Add(1)
					if !time.Now().Before(end) {
						return
					}
				}
			}()
		}
		callers.Wait()
		fmt.Println(float64(queries.Load()) * task.Units / time.Since(started).Seconds())
	}
}

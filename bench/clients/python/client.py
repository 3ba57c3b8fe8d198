"""The official Python driver, with its Rust extension where that is installed.

Speaks the protocol of clients/worker.mjs: a line of seconds in, a line of what was done out.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from neo4j import GraphDatabase, RoutingControl


def sum_of(shape, record):
    """Adds up every field of a record, by the rules of workloads.mjs."""
    if shape == "mixed":
        total = record["i"] + len(record["s"]) + record["f"]
        total += 1 if record["b"] else 0
        total += 1 if record["n"] is None else 0
        total += sum(record["l"])
        fields = record["m"]
        return total + fields["a"] + fields["b"] + fields["c"]
    if shape == "nodes":
        node = record["n"]
        total = 1 if node.element_id else 0
        total += sum(len(label) for label in node.labels)
        total += 1 if node["active"] else 0
        total += node["id"] + node["age"] + node["score"]
        return total + len(node["name"]) + len(node["city"])
    return record["x"]


def main():
    task = json.loads(sys.argv[1])
    query, shape, way = task["query"], task["shape"], task["way"]
    auth = (task["user"], task["password"]) if task["user"] else None
    driver = GraphDatabase.driver(task["uri"], auth=auth, max_connection_pool_size=task["pool"])
    routing = RoutingControl.READ if task["routing"] == "READ" else RoutingControl.WRITE
    parameters = {}
    if way == "execute":
        parameters = {"x": 1}
    elif way == "bulk":
        parameters = {
            "rows": [{"id": i, "name": f"name-{i}", "score": i + 0.5} for i in range(task["bulkMaps"])]
        }

    def stream():
        with driver.session(fetch_size=task["fetchSize"]) as session:
            return sum(sum_of(shape, record) for record in session.run(query))

    def execute():
        result = driver.execute_query(query, parameters, routing_=routing)
        return sum(sum_of(shape, record) for record in result.records)

    work = stream if way in ("stream", "fetch") else execute

    def once():
        total = work()
        if total != task["checksum"]:
            raise ValueError(f"the fields add up to {total} instead of {task['checksum']}")

    def call_until(end):
        queries = 0
        while True:
            once()
            queries += 1
            if time.perf_counter() >= end:
                return queries

    once()
    print("ready", flush=True)
    with driver, ThreadPoolExecutor(task["callers"]) as callers:
        for line in sys.stdin:
            started = time.perf_counter()
            ends = [started + float(line)] * task["callers"]
            queries = sum(callers.map(call_until, ends))
            seconds = time.perf_counter() - started
            print(queries * task["unitsPerQuery"] / seconds, flush=True)


main()

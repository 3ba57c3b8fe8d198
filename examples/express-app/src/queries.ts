// The queries of both services, by name: tests configure the scripted server's answers by query.

export const CREATE_PERSON = 'CREATE (p:Person {name: $name})'

export const SETTLE = `
  MATCH (p:Person {name: $name})
  MERGE (c:City {name: $city})
  MERGE (p)-[:LIVES_IN]->(c)`

export const PERSON = `
  MATCH (p:Person {name: $name})-[:LIVES_IN]->(c:City)
  RETURN p.name AS name, c.name AS city`

export const PEOPLE = 'MATCH (p:Person) RETURN p.name AS name ORDER BY name'

export const NEIGHBOURS = `
  MATCH (p:Person)-[:LIVES_IN]->(:City {name: $city})
  RETURN count(p) - 1 AS neighbours`

/** The functions and procedures of Neo4j 5.26 Community. An unknown name in this list is a gap; any other is an error in Neo4j too. */

const functions = new Set(
  `abs acos all any asin atan atan2 avg btrim ceil char_length character_length coalesce collect cos cot count date date.realtime
  date.statement date.transaction date.truncate datetime datetime.fromepoch datetime.fromepochmillis datetime.realtime
  datetime.statement datetime.transaction datetime.truncate degrees duration duration.between duration.indays duration.inmonths
  duration.inseconds e elementid endnode exists exp file floor graph.byelementid graph.byname haversin head id isempty isnan keys
  labels last left length linenumber localdatetime localdatetime.realtime localdatetime.statement localdatetime.transaction
  localdatetime.truncate localtime localtime.realtime localtime.statement localtime.transaction localtime.truncate log log10 lower
  ltrim max min nodes none normalize nullif percentilecont percentiledisc pi point point.distance point.withinbbox properties
  radians rand randomuuid range reduce relationships replace reverse right round rtrim sign sin single size split sqrt startnode
  stdev stdevp substring sum tail tan time time.realtime time.statement time.transaction time.truncate timestamp toboolean
  tobooleanlist tobooleanornull tofloat tofloatlist tofloatornull tointeger tointegerlist tointegerornull tolower tostring
  tostringlist tostringornull toupper trim type upper valuetype vector.similarity.cosine vector.similarity.euclidean
  shortestpath allshortestpaths`.split(/\s+/),
)
/** The namespaces of procedures of Neo4j and its plugins. */
const procedures = /^(?:db|dbms|tx|apoc|gds|genai|cdc)\./i

export function isNeo4jFunction(name: string): boolean {
  return functions.has(name.toLowerCase())
}

export function isNeo4jProcedure(name: string): boolean {
  return procedures.test(name)
}

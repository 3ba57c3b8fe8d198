export const TAKE = `
  MERGE (p:Product {sku: $sku}) ON CREATE SET p.stock = 100
  SET p.stock = p.stock - 1
  RETURN p.stock AS left`

export const PLACE = 'MATCH (p:Product {sku: $sku}) CREATE (:Order {price: $price})-[:OF]->(p)'

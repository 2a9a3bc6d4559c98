package matrix.graphql

p := [graphql.is_valid(`{ hero { name } }`, schema), graphql.is_valid(`{ hero { age } }`, schema)]

schema := `type Query { hero: Hero } type Hero { name: String }`

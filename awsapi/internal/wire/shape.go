package wire

// Kind is what a shape is in JSON.
type Kind uint8

// The kinds.
const (
	Structure Kind = iota // an object with known members
	String
	Integer
	Boolean
	Instant // a number: seconds since 1970, with a fraction
	List
	Map // an object with any keys
)

// Shape is a type of the model with what it allows.
type Shape struct {
	Name      string
	Kind      Kind
	HasMin    bool
	HasMax    bool
	Min, Max  int    // of a number its value, of a string its characters, of a list or map its entries
	Pattern   string // a regular expression that has to match a whole string
	Enum      []string
	Sensitive bool // not to be repeated in messages
	Members   []Member
	Key       *Shape // of a map
	Value     *Shape // of a map or list
}

// Member is a member of a structure.
type Member struct {
	Name     string
	Shape    *Shape
	Required bool
}

// Member is the member of that name, nil where the structure has none.
func (s *Shape) Member(name string) *Member {
	for i := range s.Members {
		if s.Members[i].Name == name {
			return &s.Members[i]
		}
	}
	return nil
}

// Operation is what a client can ask for.
type Operation struct {
	Name   string
	Input  *Shape
	Output *Shape   // nil: the answer is empty
	Errors []string // names of the exceptions that the model knows of it
}

// Find is the operation of that name, nil where there is none.
func Find(name string) *Operation {
	for i := range Operations {
		if Operations[i].Name == name {
			return &Operations[i]
		}
	}
	return nil
}

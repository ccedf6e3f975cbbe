package main

func Example() {
	main()
	// Output:
	// Hello, world!
	// The release has Succeeded
}

package main

func Example() {
	main()
	// Output:
	// v1 has Succeeded
	//   eu-canary: 2 tries
	//   ap  10% of the machines: v1
	//   ap  90% of the machines: v1
	//   eu  10% of the machines: v1
	//   eu  90% of the machines: v1
	//   us  10% of the machines: v1
	//   us  90% of the machines: v1
	// v2 has Failed
	//   Production/us-canary: us: v2 does not start
	// The rollback has Succeeded
	//   ap  10% of the machines: v1
	//   ap  90% of the machines: v1
	//   eu  10% of the machines: v1
	//   eu  90% of the machines: v1
	//   us  10% of the machines: v1
	//   us  90% of the machines: v1
}

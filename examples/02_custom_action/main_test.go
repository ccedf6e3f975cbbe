package main

func Example() {
	main()
	// Output:
	// Release with 3 replicas
	//   run 1
	//     failed, and is tried again: 503: come back later
	//   run 2
	//     is pending
	//   run 3
	//     is pending
	//   run 4
	//     is pending
	//   run 5
	//   Succeeded: 3 of 3 replicas are healthy
	//   The log of run 2: POST /rollouts with token ****
	// Release with 80 replicas
	//   run 1
	//   Failed: 80 replicas; there is room for 8
}

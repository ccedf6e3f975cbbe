package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"

	"github.com/penstock-dev/penstock"
)

// demonstrate is a client: it releases, approves, and sends SIGTERM, as an orchestrator would.
func demonstrate(address string) error {
	release, err := ask("POST", address+"/releases/a1b2c3", "monday")
	if err != nil {
		return err
	}
	again, err := ask("POST", address+"/releases/a1b2c3", "monday")
	if err != nil {
		return err
	}
	fmt.Println("Asked twice, released once:", release == again)
	if err := follow(address, release); err != nil {
		return err
	}
	_, err = ask("GET", address+"/releases/unknown/events", "")
	fmt.Println("Another release:", err)
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	return self.Signal(syscall.SIGTERM)
}

// follow tells what happens to a release, and approves it when it is asked to.
func follow(address, release string) error {
	events, err := http.Get(address + "/releases/" + release + "/events")
	if err != nil {
		return err
	}
	defer events.Body.Close()
	lines := bufio.NewScanner(events.Body)
	for lines.Scan() {
		data, found := strings.CutPrefix(lines.Text(), "data: ")
		if !found {
			continue
		}
		var event penstock.Event
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			return err
		}
		fmt.Printf("  %-18s%s\n", event.Kind, cmp.Or(event.Action, event.Stage, string(event.Status), event.Text))
		if event.Token != "" {
			if _, err := ask("POST", address+"/approvals/"+event.Token+"?summary=go", ""); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

// ask sends a request, and answers the body of what comes back.
func ask(method, url, key string) (string, error) {
	request, err := http.NewRequest(method, url, nil)
	if err != nil {
		return "", err
	}
	request.SetBasicAuth("ana", "")
	request.Header.Set("Idempotency-Key", key)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= http.StatusBadRequest {
		err = errors.New(answer.Status) // the body says why
	}
	return string(body), err
}

package objects

import (
	"encoding/xml"
	"errors"
	"net/http"
)

// Error is an answer as S3 gives it.
type Error struct {
	XMLName   xml.Name `xml:"Error"`
	Status    int      `xml:"-"`
	Code      string
	Message   string
	Resource  string
	RequestID string `xml:"RequestId"`
}

// Error is the message with its code.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Denied refuses what the session is not for.
func Denied(message string) *Error {
	return &Error{Status: http.StatusForbidden, Code: "AccessDenied", Message: message}
}

// Invalid refuses content.
func Invalid(message string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: "InvalidRequest", Message: message}
}

func notImplemented(message string) *Error {
	return &Error{Status: http.StatusNotImplemented, Code: "NotImplemented", Message: message}
}

var (
	errNoUpload = &Error{Status: http.StatusNotFound, Code: "NoSuchUpload", Message: "There is no such upload: it was completed, aborted or lost with a restart. Begin anew."}
	errBusy     = &Error{Status: http.StatusServiceUnavailable, Code: "SlowDown", Message: "There is no room for another upload now. Try again later."}
	errTooLarge = &Error{Status: http.StatusBadRequest, Code: "EntityTooLarge", Message: "The object is larger than this endpoint takes."}
	errCut      = &Error{Status: http.StatusBadRequest, Code: "IncompleteBody", Message: "The body did not arrive whole."}
	errXML      = &Error{Status: http.StatusBadRequest, Code: "MalformedXML", Message: "The list of parts is not well formed."}
	errPart     = &Error{Status: http.StatusBadRequest, Code: "InvalidPart", Message: "A part of the list was not uploaded, or has another ETag."}
	errOrder    = &Error{Status: http.StatusBadRequest, Code: "InvalidPartOrder", Message: "The parts of the list must be in ascending order."}
)

// write answers an error.
func (e *Error) write(w http.ResponseWriter, r *http.Request, id string) {
	told := *e
	told.Resource, told.RequestID = r.URL.Path, id
	writeXML(w, r, told.Status, told)
}

func writeXML(w http.ResponseWriter, r *http.Request, status int, body any) {
	data, err := xml.Marshal(body)
	if err != nil {
		status, data = http.StatusInternalServerError, nil // none of the bodies here has what cannot be written
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(append([]byte(xml.Header), data...)) // a client that is gone needs no answer
	}
}

// asError is any error as clients see it; nil for what they have no business with.
func asError(err error) *Error {
	var told *Error
	errors.As(err, &told)
	return told
}

package awsapi

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

const target = "CodePipeline_20150709."

// read takes the body of a request that is one of this protocol.
func (s *service) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if s.options.Credentials == nil {
		if err := fromHere(r); err != nil {
			return nil, err
		}
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, &exception{http.StatusMethodNotAllowed, unknownOperation, "Requests are sent by POST."}
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != mediaType {
		return nil, &exception{http.StatusUnsupportedMediaType, serialization, "The Content-Type must be " + mediaType + "."}
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, &exception{http.StatusUnsupportedMediaType, serialization, "The body must come without a Content-Encoding."}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.options.MaxBody))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, &exception{http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "The request is longer than this endpoint takes."}
	case err != nil:
		return nil, &exception{http.StatusBadRequest, serialization, "The body did not arrive whole."}
	}
	return body, nil
}

// find is the operation that a request asks for.
func (s *service) find(r *http.Request) (operation, error) {
	if path := r.URL.Path; path != "/" && path != "" {
		return operation{}, &exception{http.StatusNotFound, unknownOperation, "There is nothing at this path."}
	}
	name, ours := strings.CutPrefix(r.Header.Get("X-Amz-Target"), target)
	if op, ok := s.operations[name]; ok && ours {
		return op, nil
	}
	return operation{}, &exception{http.StatusNotFound, unknownOperation, "The X-Amz-Target header names no operation of " + strings.TrimSuffix(target, ".") + "."}
}

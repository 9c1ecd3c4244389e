package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxAnswer is the most bytes of an answer that are read: a thousand keysets would fit.
const maxAnswer = 4 << 20

// boundTransport ends requests with a context that their maker did not know, and answers that are too long.
// Tink's AEAD and the lifetime watcher ask Vault without a context.
//
// An answer is read whole before it is handed on: the Vault client's WriteRaw ends the context of a request when its head is
// there, and of a longer answer the rest would be lost.
type boundTransport struct {
	base http.RoundTripper
	ctx  context.Context
}

func (t *boundTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(request.Context())
	defer cancel()
	defer context.AfterFunc(t.ctx, cancel)()
	response, err := t.base.RoundTrip(request.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if len(text) > maxAnswer {
		text, err = nil, &tooLongError{}
	}
	if err = errors.Join(err, response.Body.Close()); err == nil {
		err = io.EOF
	}
	response.Body = &readBody{left: text, end: err}
	return response, nil
}

// readBody is an answer that was read, and what its reading ended with. An error here is not that of RoundTrip, which would be
// taken for a connection that broke, and asked again.
type readBody struct {
	left []byte
	end  error
}

func (b *readBody) Read(p []byte) (int, error) {
	if len(b.left) == 0 {
		return 0, b.end
	}
	n := copy(p, b.left)
	b.left = b.left[n:]
	return n, nil
}

func (*readBody) Close() error { return nil }

type tooLongError struct{}

func (*tooLongError) Error() string {
	return fmt.Sprintf("the answer is longer than %d bytes", maxAnswer)
}

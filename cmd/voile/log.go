package main

import (
	"io"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// newLog makes the logger: lines of JSON, or columns for a person where w is a terminal. The level is one of the
// configuration's, which has been checked.
func newLog(w io.Writer, level string) (*zap.Logger, error) {
	at, err := zapcore.ParseLevel(level)
	if err != nil {
		return nil, err
	}
	encoder := zap.NewProductionEncoderConfig()
	encoder.EncodeTime = zapcore.TimeEncoderOfLayout(time.RFC3339Nano)
	encoder.TimeKey = "time"
	form := zapcore.NewJSONEncoder
	if isTerminal(w) {
		form = zapcore.NewConsoleEncoder
		encoder.EncodeTime = zapcore.TimeEncoderOfLayout(time.TimeOnly)
		encoder.EncodeLevel = zapcore.CapitalColorLevelEncoder
	}
	return zap.New(zapcore.NewCore(form(encoder), zapcore.Lock(zapcore.AddSync(w)), at)), nil
}

// Package window answers: is a moment inside a deployment window, and when does the window open next?
//
// A window is a Quartz cron expression (spec C12) read on the clock of a time zone. It is made of whole minutes: a minute belongs to it
// when the expression matches any second of it, for timers are never exact to the second. Minutes that the clock leaves out when it is
// put forward are in no window, and minutes that it shows twice when it is put back are in it both times.
package window

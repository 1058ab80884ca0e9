"""The bundled newswire of `wirewatch demo`: a recorded day of sample news in fast motion, served on loopback.

content   the outlets and their items, read from recording/
day       which minute of the recorded day it is, and when an item came out
feeds     RSS 2.0, RSS 1.0, Atom 1.0 and JSON Feed 1.1
pages     HTML in four theme styles
site      what one outlet answers at a given moment
hosts     which outlet a request is for
server    the socket
"""

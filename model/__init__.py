"""The words everybody in Inkveil speaks: geometry, words, findings, decisions, errors.

Standard library only; nothing here reads a file, opens a socket or knows a user interface.
"""

"""Attachments that contain the message itself: winmail.dat (TNEF, with rich text inside) and signed S/MIME."""

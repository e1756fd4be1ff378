"""Letters (文书): from a card, an order or a matter by way of an editable template to a numbered PDF and DOCX, written once."""

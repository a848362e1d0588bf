"""What is asked about a picture, and how the answer reads."""

SEE = ("What is in this picture?", "What do you see?", "Describe the picture.", "Describe this image.", "What is this?", "What is shown here?",
       "What does the image show?", "Tell me what you see.", "Which shape and which colours are these?", "Look at this picture.", "What can you see in the image?",
       "Name the shape and the colour.", "What am I looking at?", "Describe it.", "")
COLOUR = ("Which colour is the shape?", "What colour is it?", "What colour is the shape?", "Name the colour of the shape.", "What is its colour?", "In which colour is it drawn?")
SHAPE = ("Which shape is this?", "What shape is it?", "What is the shape?", "Name the shape.", "What kind of shape do you see?", "Which form does it have?")
GROUND = ("Which colour is the background?", "What colour is the background?", "What is the colour behind the shape?", "Name the background colour.")


def article(word):
    return ("an " if word[0] in "aeiou" else "a ") + word


def whole_answer(drawing):
    text = f"{article(drawing.colour)} {drawing.shape} on {article(drawing.background)} background."
    return text[0].upper() + text[1:]
